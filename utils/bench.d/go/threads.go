// Threads that all allocate: examples/threads.
package main

import (
	"fmt"
	"os"
	"strconv"
	"sync"
)

type tree struct{ left, right *tree }

func newTree(depth int) *tree {
	t := new(tree)
	if depth > 0 {
		t.left = newTree(depth - 1)
		t.right = newTree(depth - 1)
	}
	return t
}

func count(t *tree) int {
	if t.left == nil {
		return 1
	}
	return 1 + count(t.left) + count(t.right)
}

func main() {
	numbers := [3]int{4, 16, 40}
	for i := range numbers {
		if len(os.Args) > i+1 {
			numbers[i], _ = strconv.Atoi(os.Args[i+1])
		}
	}
	number, depth, rounds := numbers[0], numbers[1], numbers[2]
	totals := make([]int, number)
	var all sync.WaitGroup
	for i := range totals {
		all.Add(1)
		go func(mine int) {
			defer all.Done()
			kept := newTree(depth)
			total := 0
			for j := 0; j < rounds; j++ {
				total += count(newTree(depth))
			}
			totals[mine] = total + count(kept)
		}(i)
	}
	all.Wait()
	total := 0
	for _, each := range totals {
		total += each
	}
	fmt.Printf("%d threads, %d nodes\n", number, total)
}
