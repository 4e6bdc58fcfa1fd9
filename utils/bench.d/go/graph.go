// A random graph that changes: examples/graph.
package main

import (
	"fmt"
	"os"
	"strconv"
)

const edgeCount = 4

type node struct {
	edges  *[edgeCount]*node
	next   *node
	number uint64
	marked uint64
}

var state uint64 = 42

func randomBelow(limit int) int {
	state = state*6364136223846793005 + 1442695040888963407
	return int((state >> 32) % uint64(limit))
}

func newNode(number uint64) *node {
	return &node{edges: new([edgeCount]*node), number: number}
}

func linkAtRandom(nodes []*node, n *node) {
	for i := range n.edges {
		n.edges[i] = nodes[randomBelow(len(nodes))]
	}
}

func change(nodes []*node, number uint64) {
	place := randomBelow(len(nodes))
	if randomBelow(2) == 0 {
		to := nodes[randomBelow(len(nodes))]
		nodes[place].edges[randomBelow(edgeCount)] = to
		return
	}
	n := newNode(number)
	linkAtRandom(nodes, n)
	*nodes[place].edges = [edgeCount]*node{}
	nodes[place] = n
}

func main() {
	count, operations := 200000, 5000000
	if len(os.Args) > 1 {
		count, _ = strconv.Atoi(os.Args[1])
	}
	if len(os.Args) > 2 {
		operations, _ = strconv.Atoi(os.Args[2])
	}
	nodes := make([]*node, count)
	for i := range nodes {
		nodes[i] = newNode(uint64(i))
	}
	for _, n := range nodes {
		linkAtRandom(nodes, n)
	}
	for i := 0; i < operations; i++ {
		change(nodes, uint64(count+i))
	}
	var reached, sum uint64
	work := nodes[0]
	work.marked = 1
	for work != nil {
		n := work
		work = n.next
		reached++
		sum += n.number
		for _, to := range n.edges {
			if to == nil || to.marked != 0 {
				continue
			}
			to.marked = 1
			to.next = work
			work = to
		}
	}
	fmt.Printf("%d nodes reached, checksum %d\n", reached, sum)
}
