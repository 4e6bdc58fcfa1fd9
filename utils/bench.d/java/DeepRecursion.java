// A recursion a million frames deep: examples/deep-recursion.
final class DeepRecursion {
  static final class Number {
    Number above;
    long value;
  }

  static long sum;

  static long collectAndCount(Number number) {
    long count = 0;
    System.gc();
    for (; number != null; number = number.above)
      ++count;
    return count;
  }

  static long descend(Number above, long depth) {
    Number mine = new Number();
    mine.value = depth;
    mine.above = above;
    if (depth == 0)
      return collectAndCount(mine);
    long below = descend(mine, depth - 1);
    if (mine.above != above)
      throw new AssertionError();
    return below + mine.value;
  }

  public static void main(String[] arguments) throws InterruptedException {
    long depth = arguments.length > 0 ? Long.parseLong(arguments[0]) : 1000000;
    long rounds = arguments.length > 1 ? Long.parseLong(arguments[1]) : 1;
    Thread thread = new Thread(null, () -> {
      for (long i = 0; i < rounds; ++i)
        sum += descend(null, depth);
    }, "deep", depth * 512 + (1 << 20));
    thread.start();
    thread.join();
    System.out.printf("depth %d, sum %d\n", depth, sum);
  }
}
