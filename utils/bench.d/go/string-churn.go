// Strings of 16 bytes to 1 MiB: examples/string-churn.
package main

import (
	"fmt"
	"os"
	"strconv"
)

var state uint64 = 42

func randomBelow(limit uint64) uint64 {
	state = state*6364136223846793005 + 1442695040888963407
	return (state >> 32) % limit
}

func randomLength() uint64 {
	bits := uint64(0)
	if randomBelow(10) == 0 {
		bits = 12 + randomBelow(8)
	} else {
		bits = 4 + randomBelow(8)
	}
	return (1<<bits + randomBelow(1<<bits)) / 8
}

func newString(number uint64) []uint64 {
	words := make([]uint64, randomLength())
	words[0] = number
	words[len(words)-1] += number * 3
	return words
}

func main() {
	var strings, operations uint64 = 2000, 400000
	if len(os.Args) > 1 {
		strings, _ = strconv.ParseUint(os.Args[1], 10, 64)
	}
	if len(os.Args) > 2 {
		operations, _ = strconv.ParseUint(os.Args[2], 10, 64)
	}
	table := make([][]uint64, strings)
	for i := range table {
		table[i] = newString(uint64(i))
	}
	for i := uint64(0); i < operations; i++ {
		place := randomBelow(strings)
		table[place] = newString(i)
	}
	var bytes, sum uint64
	for _, words := range table {
		bytes += uint64(len(words)) * 8
		sum = sum*31 + words[0] + words[len(words)-1]
	}
	fmt.Printf("%d bytes, checksum %d\n", bytes, sum)
}
