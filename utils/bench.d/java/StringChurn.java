// Strings of 16 bytes to 1 MiB: examples/string-churn.
final class StringChurn {
  static long state = 42;

  static long randomBelow(long limit) {
    state = state * 6364136223846793005L + 1442695040888963407L;
    return (state >>> 32) % limit;
  }

  static int randomLength() {
    long bits = randomBelow(10) == 0 ? 12 + randomBelow(8) : 4 + randomBelow(8);
    return (int) (((1L << bits) + randomBelow(1L << bits)) / 8);
  }

  static long[] newString(long number) {
    int length = randomLength();
    long[] string = new long[length];
    string[0] = number;
    string[length - 1] += number * 3;
    return string;
  }

  public static void main(String[] arguments) {
    long strings = arguments.length > 0 ? Long.parseLong(arguments[0]) : 2000;
    long operations =
        arguments.length > 1 ? Long.parseLong(arguments[1]) : 400000;
    long[][] table = new long[(int) strings][];
    for (int i = 0; i < strings; ++i)
      table[i] = newString(i);
    for (long i = 0; i < operations; ++i) {
      int place = (int) randomBelow(strings);
      table[place] = newString(i);
    }
    long bytes = 0, sum = 0;
    for (long[] string : table) {
      bytes += string.length * 8L;
      sum = sum * 31 + string[0] + string[string.length - 1];
    }
    System.out.printf("%d bytes, checksum %s\n", bytes,
                      Long.toUnsignedString(sum));
  }
}
