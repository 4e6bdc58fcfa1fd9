// Threads that all allocate: examples/threads.
final class Threads {
  static final class Tree {
    Tree left, right;
  }

  static Tree make(int depth) {
    Tree tree = new Tree();
    if (depth > 0) {
      tree.left = make(depth - 1);
      tree.right = make(depth - 1);
    }
    return tree;
  }

  static long count(Tree tree) {
    return tree.left != null ? 1 + count(tree.left) + count(tree.right) : 1;
  }

  public static void main(String[] arguments) throws InterruptedException {
    int number = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 4;
    int depth = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 16;
    int rounds = arguments.length > 2 ? Integer.parseInt(arguments[2]) : 40;
    Thread[] threads = new Thread[number];
    long[] totals = new long[number];
    for (int i = 0; i < number; ++i) {
      int mine = i;
      threads[i] = new Thread(() -> {
        Tree kept = make(depth);
        long total = 0;
        for (int j = 0; j < rounds; ++j)
          total += count(make(depth));
        totals[mine] = total + count(kept);
      });
      threads[i].start();
    }
    long total = 0;
    for (int i = 0; i < number; ++i) {
      threads[i].join();
      total += totals[i];
    }
    System.out.printf("%d threads, %d nodes\n", number, total);
  }
}
