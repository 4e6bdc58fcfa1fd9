// Binary trees: examples/binary-trees.
final class BinaryTrees {
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

  static long countMany(long trees, int depth) {
    long total = 0;
    for (long i = 0; i < trees; ++i)
      total += count(make(depth));
    return total;
  }

  public static void main(String[] arguments) {
    int depth = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 21;
    System.out.printf("stretch tree of depth %d\t check: %d\n", depth + 1,
                      count(make(depth + 1)));
    Tree longLived = make(depth);
    for (int each = 4; each <= depth; each += 2) {
      long trees = 1L << (depth - each + 4);
      System.out.printf("%d\t trees of depth %d\t check: %d\n", trees, each,
                        countMany(trees, each));
    }
    System.out.printf("long lived tree of depth %d\t check: %d\n", depth,
                      count(longLived));
  }
}
