// Pauses as a log of HdrHistogram: PauseHistogram PAUSES LOG
// PAUSES has a line for each: when it began, how long it was (MPS_PAUSES). Those
// that are too short to be told one by one are reckoned as of their mean length.
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.HistogramLogWriter;

final class PauseHistogram {
  public static void main(String[] arguments) throws Exception {
    Histogram histogram = new Histogram(3);
    long[] span = {Long.MAX_VALUE, 0};
    try (Stream<String> lines = Files.lines(Path.of(arguments[0]))) {
      lines.forEach(line -> {
        String[] fields = line.split(" ");
        if (fields[0].equals("protections"))
          return;
        if (fields[0].equals("brief")) {
          long count = Long.parseLong(fields[1]);
          if (count != 0)
            histogram.recordValueWithCount(Long.parseLong(fields[2]) / count, count);
          return;
        }
        long start = Long.parseLong(fields[0]), length = Long.parseLong(fields[1]);
        histogram.recordValue(length);
        span[0] = Math.min(span[0], start);
        span[1] = Math.max(span[1], start + length);
      });
    }
    HistogramLogWriter log = new HistogramLogWriter(arguments[1]);
    log.outputComment("[Lengths of pauses, in nanoseconds]");
    log.outputLogFormatVersion();
    log.outputLegend();
    log.outputIntervalHistogram(0.0, (span[1] - span[0]) / 1e9, histogram);
    log.close();
  }
}
