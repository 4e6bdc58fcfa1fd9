// A random graph that changes: examples/graph.
final class Graph {
  static final int EDGES = 4;

  static final class Node {
    final Node[] edges = new Node[EDGES];
    Node next;
    final long number;
    long isMarked;

    Node(long number) {
      this.number = number;
    }
  }

  static long state = 42;

  static int randomBelow(long limit) {
    state = state * 6364136223846793005L + 1442695040888963407L;
    return (int) ((state >>> 32) % limit);
  }

  static void linkAtRandom(Node[] nodes, Node node) {
    for (int i = 0; i < EDGES; ++i)
      node.edges[i] = nodes[randomBelow(nodes.length)];
  }

  static void change(Node[] nodes, long number) {
    int place = randomBelow(nodes.length);
    if (randomBelow(2) == 0) {
      Node to = nodes[randomBelow(nodes.length)];
      nodes[place].edges[randomBelow(EDGES)] = to;
      return;
    }
    Node node = new Node(number);
    linkAtRandom(nodes, node);
    for (int i = 0; i < EDGES; ++i)
      nodes[place].edges[i] = null;
    nodes[place] = node;
  }

  public static void main(String[] arguments) {
    int count = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 200000;
    long operations =
        arguments.length > 1 ? Long.parseLong(arguments[1]) : 5000000;
    Node[] nodes = new Node[count];
    for (int i = 0; i < count; ++i)
      nodes[i] = new Node(i);
    for (Node node : nodes)
      linkAtRandom(nodes, node);
    for (long i = 0; i < operations; ++i)
      change(nodes, count + i);
    long reached = 0, sum = 0;
    Node work = nodes[0];
    work.isMarked = 1;
    while (work != null) {
      Node node = work;
      work = node.next;
      ++reached;
      sum += node.number;
      for (Node to : node.edges) {
        if (to == null || to.isMarked != 0)
          continue;
        to.isMarked = 1;
        to.next = work;
        work = to;
      }
    }
    System.out.printf("%d nodes reached, checksum %s\n", reached,
                      Long.toUnsignedString(sum));
  }
}
