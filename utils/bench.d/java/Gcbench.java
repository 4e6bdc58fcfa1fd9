// GCBench: examples/gcbench.
final class Gcbench {
  static final class Node {
    Node left, right;
    int i, j;
  }

  static final int ARRAY_SIZE = 500000, LEAST_DEPTH = 4;
  static int stretchDepth;

  static long sizeOfTree(int depth) {
    return (1L << (depth + 1)) - 1;
  }

  static long iterations(int depth) {
    return 2 * sizeOfTree(stretchDepth) / sizeOfTree(depth);
  }

  static void populate(Node node, int depth) {
    if (depth == 0)
      return;
    node.left = new Node();
    node.right = new Node();
    populate(node.left, depth - 1);
    populate(node.right, depth - 1);
  }

  static Node bottomUp(int depth) {
    Node left = depth > 0 ? bottomUp(depth - 1) : null;
    Node right = depth > 0 ? bottomUp(depth - 1) : null;
    Node node = new Node();
    node.left = left;
    node.right = right;
    return node;
  }

  static long count(Node node) {
    return node != null ? 1 + count(node.left) + count(node.right) : 0;
  }

  static long construct(int depth) {
    long nodes = 0;
    for (long i = iterations(depth); i > 0; --i) {
      Node tree = new Node();
      populate(tree, depth);
      nodes += count(tree);
    }
    for (long i = iterations(depth); i > 0; --i)
      nodes += count(bottomUp(depth));
    return nodes;
  }

  public static void main(String[] arguments) {
    int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 4;
    stretchDepth = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 18;
    System.out.printf("stretch: %d nodes\n", count(bottomUp(stretchDepth)));
    Node longLived = new Node();
    populate(longLived, stretchDepth - 2);
    double[] array = new double[ARRAY_SIZE];
    for (int i = 0; i < ARRAY_SIZE / 2; ++i)
      array[i] = 1.0 / (i + 1);
    for (int depth = LEAST_DEPTH; depth <= stretchDepth - 2; depth += 2) {
      long nodes = 0;
      for (int i = 0; i < rounds; ++i)
        nodes += construct(depth);
      System.out.printf("depth %d: %d nodes\n", depth, nodes);
    }
    System.out.printf("long lived: %d nodes, array %s\n", count(longLived),
                      array[1000] == 1.0 / 1001 ? "intact" : "lost");
  }
}
