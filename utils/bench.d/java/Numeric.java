// The spectral norm: examples/numeric.
final class Numeric {
  static double element(long i, long j) {
    return 1.0 / (double) ((i + j) * (i + j + 1) / 2 + i + 1);
  }

  static void multiply(double[] out, double[] in) {
    for (int i = 0; i < in.length; ++i) {
      double sum = 0;
      for (int j = 0; j < in.length; ++j)
        sum += element(i, j) * in[j];
      out[i] = sum;
    }
  }

  static void multiplyTransposed(double[] out, double[] in) {
    for (int i = 0; i < in.length; ++i) {
      double sum = 0;
      for (int j = 0; j < in.length; ++j)
        sum += element(j, i) * in[j];
      out[i] = sum;
    }
  }

  static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; ++i)
      sum += a[i] * b[i];
    return sum;
  }

  public static void main(String[] arguments) {
    int size = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 2000;
    double[] u = new double[size], v = new double[size], w = new double[size];
    java.util.Arrays.fill(u, 1);
    for (int i = 0; i < 10; ++i) {
      multiply(w, u);
      multiplyTransposed(v, w);
      multiply(w, v);
      multiplyTransposed(u, w);
    }
    System.out.printf("%.9f\n", Math.sqrt(dot(u, v) / dot(v, v)));
  }
}
