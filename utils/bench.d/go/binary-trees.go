// Binary trees: examples/binary-trees.
package main

import (
	"fmt"
	"os"
	"strconv"
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

func countMany(trees, depth int) int {
	total := 0
	for i := 0; i < trees; i++ {
		total += count(newTree(depth))
	}
	return total
}

func main() {
	depth := 21
	if len(os.Args) > 1 {
		depth, _ = strconv.Atoi(os.Args[1])
	}
	fmt.Printf("stretch tree of depth %d\t check: %d\n", depth+1, count(newTree(depth+1)))
	longLived := newTree(depth)
	for each := 4; each <= depth; each += 2 {
		trees := 1 << (depth - each + 4)
		fmt.Printf("%d\t trees of depth %d\t check: %d\n", trees, each, countMany(trees, each))
	}
	fmt.Printf("long lived tree of depth %d\t check: %d\n", depth, count(longLived))
}
