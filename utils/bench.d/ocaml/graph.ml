(* A changing graph: graph [NODES=200000] [OPERATIONS=5000000] *)

(* The numbers of examples/random.h, in 64 bits and without boxes. *)
external get64 : bytes -> int -> int64 = "%caml_bytes_get64u"
external set64 : bytes -> int -> int64 -> unit = "%caml_bytes_set64u"

let random_state =
  let state = Bytes.create 8 in
  set64 state 0 42L;
  state

let random_number () =
  let next =
    Int64.add
      (Int64.mul (get64 random_state 0) 6364136223846793005L)
      1442695040888963407L
  in
  set64 random_state 0 next;
  Int64.to_int (Int64.shift_right_logical next 32)

let random_below limit = random_number () mod limit

type node = {
  mutable edges : node array;
  mutable next : node; (* Of the work list. *)
  number : int;
  mutable is_marked : bool;
}

(* Marked, so that the check does not follow it. *)
let rec nil = { edges = [||]; next = nil; number = 0; is_marked = true }

let new_node number edges = { edges; next = nil; number; is_marked = false }
let random_node (nodes : node array) = nodes.(random_below (Array.length nodes))

let random_edges nodes =
  let a = random_node nodes in
  let b = random_node nodes in
  let c = random_node nodes in
  let d = random_node nodes in
  [| a; b; c; d |]

(* What is replaced leads nowhere, so that old nodes die some day. *)
let cut node =
  let edges = node.edges in
  for i = 0 to Array.length edges - 1 do
    edges.(i) <- nil
  done

let change (nodes : node array) number =
  let place = random_below (Array.length nodes) in
  if random_below 2 = 0 then begin
    let target = random_node nodes in
    let edges = nodes.(place).edges in
    edges.(random_below (Array.length edges)) <- target
  end
  else begin
    let node = new_node number (random_edges nodes) in
    cut nodes.(place);
    nodes.(place) <- node
  end

(* What is reachable from the first node, by a list of nodes to be looked at. *)
let check (nodes : node array) =
  let reached = ref 0 and sum = ref 0 and work = ref nodes.(0) in
  !work.is_marked <- true;
  while !work != nil do
    let node = !work in
    work := node.next;
    incr reached;
    sum := !sum + node.number;
    for i = 0 to Array.length node.edges - 1 do
      let target = node.edges.(i) in
      if not target.is_marked then begin
        target.is_marked <- true;
        target.next <- !work;
        work := target
      end
    done
  done;
  Printf.printf "%d nodes reached, checksum %d\n" !reached !sum

let argument place default =
  if Array.length Sys.argv > place then int_of_string Sys.argv.(place)
  else default

let () =
  let count = argument 1 200000 in
  let operations = argument 2 5000000 in
  let nodes = Array.make count nil in
  for i = 0 to count - 1 do
    nodes.(i) <- new_node i [| nil; nil; nil; nil |]
  done;
  for i = 0 to count - 1 do
    let edges = nodes.(i).edges in
    for j = 0 to Array.length edges - 1 do
      edges.(j) <- random_node nodes
    done
  done;
  for i = 0 to operations - 1 do
    change nodes (count + i)
  done;
  check nodes
