// A hash map whose values are replaced: examples/map-churn.
final class MapChurn {
  static final class Value {
    final long a, b;

    Value(long a, long b) {
      this.a = a;
      this.b = b;
    }
  }

  static final class Entry {
    Entry next;
    Value value;
    long key;
  }

  static long state = 42;

  static long randomBelow(long limit) {
    state = state * 6364136223846793005L + 1442695040888963407L;
    return (state >>> 32) % limit;
  }

  static int index(Entry[] map, long key) {
    return (int) Long.remainderUnsigned((key * 0x9e3779b97f4a7c15L) >>> 20,
                                        map.length);
  }

  static Entry find(Entry[] map, long key) {
    Entry entry = map[index(map, key)];
    while (entry != null && entry.key != key)
      entry = entry.next;
    return entry;
  }

  static void put(Entry[] map, long key, long number) {
    Value value = new Value(number, key);
    Entry entry = find(map, key);
    if (entry == null) {
      entry = new Entry();
      entry.key = key;
      int index = index(map, key);
      entry.next = map[index];
      map[index] = entry;
    }
    entry.value = value;
  }

  static void drop(Entry[] map, long key) {
    int index = index(map, key);
    Entry entry = map[index], before = null;
    while (entry != null && entry.key != key) {
      before = entry;
      entry = entry.next;
    }
    if (entry == null)
      return;
    if (before != null)
      before.next = entry.next;
    else
      map[index] = entry.next;
  }

  public static void main(String[] arguments) {
    long keys = arguments.length > 0 ? Long.parseLong(arguments[0]) : 500000;
    long operations =
        arguments.length > 1 ? Long.parseLong(arguments[1]) : 10000000;
    Entry[] map = new Entry[(int) keys];
    for (long key = 0; key < keys; ++key)
      put(map, key, key);
    for (long i = 0; i < operations; ++i) {
      if (i % 8 == 0)
        drop(map, randomBelow(keys));
      put(map, randomBelow(keys), i);
    }
    long entries = 0, sum = 0;
    for (Entry bucket : map)
      for (Entry each = bucket; each != null; each = each.next) {
        ++entries;
        sum += each.value.a * 31 + each.value.b + each.key;
      }
    System.out.printf("%d entries, checksum %s\n", entries,
                      Long.toUnsignedString(sum));
  }
}
