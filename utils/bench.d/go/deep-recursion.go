// A recursion a million frames deep: examples/deep-recursion.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
)

type number struct {
	above *number
	value int
}

func collectAndCount(n *number) int {
	count := 0
	runtime.GC()
	for ; n != nil; n = n.above {
		count++
	}
	return count
}

func descend(above *number, depth int) int {
	mine := &number{above, depth}
	if depth == 0 {
		return collectAndCount(mine)
	}
	below := descend(mine, depth-1)
	if mine.above != above {
		panic("lost")
	}
	return below + mine.value
}

func main() {
	depth, rounds := 1000000, 1
	if len(os.Args) > 1 {
		depth, _ = strconv.Atoi(os.Args[1])
	}
	if len(os.Args) > 2 {
		rounds, _ = strconv.Atoi(os.Args[2])
	}
	debug.SetMaxStack(1 << 32)
	sum := 0
	for i := 0; i < rounds; i++ {
		sum += descend(nil, depth)
	}
	fmt.Printf("depth %d, sum %d\n", depth, sum)
}
