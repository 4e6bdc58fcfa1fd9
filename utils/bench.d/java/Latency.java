// A table whose objects are replaced at random: examples/latency.
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.LongBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

final class Latency {
  static final class Leaf {
    long value, r0, r1, r2, r3, r4, r5, r6, r7, r8;
  }

  static final class Node {
    Leaf leaf, link;
    long key, a, b, c;
  }

  static long state = 42;

  static int randomBelow(long limit) {
    state = state * 6364136223846793005L + 1442695040888963407L;
    return (int) ((state >>> 32) % limit);
  }

  static Node newNode(long key) {
    Leaf leaf = new Leaf();
    leaf.value = 3 * key;
    Node node = new Node();
    node.key = key;
    node.leaf = leaf;
    return node;
  }

  static void run(Node[] nodes, long operations, LongBuffer samples) {
    int objects = nodes.length;
    for (long i = 0; i < operations; ++i) {
      Node node = newNode(objects + i);
      nodes[randomBelow(objects)] = node;
      nodes[randomBelow(objects)].link = node.leaf;
      if (i % 16 == 0)
        samples.put(System.nanoTime());
    }
  }

  public static void main(String[] arguments) throws Exception {
    int objects = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 200000;
    long operations = arguments.length > 1 ? Long.parseLong(arguments[1]) : 2000000;
    Node[] nodes = new Node[objects];
    for (int i = 0; i < objects; ++i)
      nodes[i] = newNode(i);
    // Outside of the heap.
    ByteBuffer memory = ByteBuffer.allocateDirect((int) (operations / 16 + 1) * 8)
                            .order(ByteOrder.LITTLE_ENDIAN);
    LongBuffer samples = memory.asLongBuffer();
    run(nodes, operations, samples);
    long sum = 0;
    for (Node node : nodes) {
      sum = sum * 31 + node.key + node.leaf.value;
      if (node.link != null)
        sum += node.link.value;
    }
    System.out.println("checksum " + Long.toUnsignedString(sum));
    if (arguments.length > 2) {
      memory.limit(samples.position() * 8);
      try (FileChannel out = FileChannel.open(Path.of(arguments[2]),
               StandardOpenOption.CREATE, StandardOpenOption.WRITE,
               StandardOpenOption.TRUNCATE_EXISTING)) {
        while (memory.hasRemaining())
          out.write(memory);
      }
    }
  }
}
