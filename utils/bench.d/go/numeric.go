// The spectral norm: examples/numeric.
package main

import (
	"fmt"
	"math"
	"os"
	"strconv"
)

func element(i, j int) float64 {
	return 1.0 / float64((i+j)*(i+j+1)/2+i+1)
}

func multiply(out, in []float64) {
	for i := range in {
		sum := 0.0
		for j := range in {
			sum += element(i, j) * in[j]
		}
		out[i] = sum
	}
}

func multiplyTransposed(out, in []float64) {
	for i := range in {
		sum := 0.0
		for j := range in {
			sum += element(j, i) * in[j]
		}
		out[i] = sum
	}
}

func dot(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

func main() {
	size := 2000
	if len(os.Args) > 1 {
		size, _ = strconv.Atoi(os.Args[1])
	}
	u, v, w := make([]float64, size), make([]float64, size), make([]float64, size)
	for i := range u {
		u[i] = 1
	}
	for i := 0; i < 10; i++ {
		multiply(w, u)
		multiplyTransposed(v, w)
		multiply(w, v)
		multiplyTransposed(u, w)
	}
	fmt.Printf("%.9f\n", math.Sqrt(dot(u, v)/dot(v, v)))
}
