// GCBench: examples/gcbench.
package main

import (
	"fmt"
	"os"
	"strconv"
)

type node struct {
	left, right *node
	i, j        int32
}

const arraySize, leastDepth = 500000, 4

var stretchDepth = 18

func sizeOfTree(depth int) int { return 1<<(depth+1) - 1 }

func iterations(depth int) int { return 2 * sizeOfTree(stretchDepth) / sizeOfTree(depth) }

func populate(n *node, depth int) {
	if depth == 0 {
		return
	}
	n.left = new(node)
	n.right = new(node)
	populate(n.left, depth-1)
	populate(n.right, depth-1)
}

func bottomUp(depth int) *node {
	if depth == 0 {
		return new(node)
	}
	left := bottomUp(depth - 1)
	right := bottomUp(depth - 1)
	return &node{left: left, right: right}
}

func count(n *node) int {
	if n == nil {
		return 0
	}
	return 1 + count(n.left) + count(n.right)
}

func construct(depth int) int {
	nodes := 0
	for i := iterations(depth); i > 0; i-- {
		tree := new(node)
		populate(tree, depth)
		nodes += count(tree)
	}
	for i := iterations(depth); i > 0; i-- {
		nodes += count(bottomUp(depth))
	}
	return nodes
}

func main() {
	rounds := 4
	if len(os.Args) > 1 {
		rounds, _ = strconv.Atoi(os.Args[1])
	}
	if len(os.Args) > 2 {
		stretchDepth, _ = strconv.Atoi(os.Args[2])
	}
	fmt.Printf("stretch: %d nodes\n", count(bottomUp(stretchDepth)))
	longLived := new(node)
	populate(longLived, stretchDepth-2)
	array := make([]float64, arraySize)
	for i := 0; i < arraySize/2; i++ {
		array[i] = 1.0 / float64(i+1)
	}
	for depth := leastDepth; depth <= stretchDepth-2; depth += 2 {
		nodes := 0
		for i := 0; i < rounds; i++ {
			nodes += construct(depth)
		}
		fmt.Printf("depth %d: %d nodes\n", depth, nodes)
	}
	state := "lost"
	if array[1000] == 1.0/1001 {
		state = "intact"
	}
	fmt.Printf("long lived: %d nodes, array %s\n", count(longLived), state)
}
