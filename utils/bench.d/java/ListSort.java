// Merge sort of a list: examples/list-sort.
final class ListSort {
  static final class Cell {
    Cell next;
    long value;

    Cell(long value, Cell next) {
      this.value = value;
      this.next = next;
    }
  }

  static long state = 42;

  static long random() {
    state = state * 6364136223846793005L + 1442695040888963407L;
    return state >>> 32;
  }

  static Cell randomList(long length) {
    Cell list = null;
    for (long i = 0; i < length; ++i)
      list = new Cell(random(), list);
    return list;
  }

  static Cell merge(Cell a, Cell b) {
    Cell head = new Cell(0, null), last = head;
    while (a != null || b != null) {
      boolean fromA = a != null && (b == null || a.value <= b.value);
      Cell added = new Cell(fromA ? a.value : b.value, null);
      if (fromA)
        a = a.next;
      else
        b = b.next;
      last.next = added;
      last = added;
    }
    return head.next;
  }

  static Cell sort(Cell list, long length) {
    if (length == 0)
      return null;
    if (length == 1)
      return new Cell(list.value, null);
    Cell second = list;
    for (long i = 0; i < length / 2; ++i)
      second = second.next;
    Cell sorted = sort(list, length / 2);
    return merge(sorted, sort(second, length - length / 2));
  }

  static void check(Cell list) {
    long sum = 0, previous = 0, place = 0;
    boolean isSorted = true;
    for (; list != null; list = list.next) {
      isSorted &= previous <= list.value;
      previous = list.value;
      sum += list.value * ++place;
    }
    System.out.printf("%d values, sorted: %s, checksum %s\n", place,
                      isSorted ? "yes" : "no", Long.toUnsignedString(sum));
  }

  public static void main(String[] arguments) {
    long length = arguments.length > 0 ? Long.parseLong(arguments[0]) : 1000000;
    long rounds = arguments.length > 1 ? Long.parseLong(arguments[1]) : 5;
    for (long i = 0; i < rounds; ++i)
      check(sort(randomList(length), length));
  }
}
