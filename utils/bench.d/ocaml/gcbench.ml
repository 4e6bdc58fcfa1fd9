(* GCBench: gcbench [ROUNDS=4] [STRETCH_DEPTH=18] *)

type node =
  | Empty
  | Node of {
      mutable left : node;
      mutable right : node;
      mutable i : int;
      mutable j : int;
    }

let array_size = 500000
let least_depth = 4
let new_node () = Node { left = Empty; right = Empty; i = 0; j = 0 }
let size_of_tree depth = (1 lsl (depth + 1)) - 1

let iterations stretch_depth depth =
  2 * size_of_tree stretch_depth / size_of_tree depth

let rec populate node depth =
  match node with
  | Node node when depth > 0 ->
      node.left <- new_node ();
      node.right <- new_node ();
      populate node.left (depth - 1);
      populate node.right (depth - 1)
  | _ -> ()

let rec bottom_up depth =
  if depth > 0 then begin
    let left = bottom_up (depth - 1) in
    let right = bottom_up (depth - 1) in
    Node { left; right; i = 0; j = 0 }
  end
  else new_node ()

let rec count = function
  | Empty -> 0
  | Node { left; right; _ } -> 1 + count left + count right

let construct stretch_depth depth =
  let nodes = ref 0 in
  for _ = 1 to iterations stretch_depth depth do
    let tree = new_node () in
    populate tree depth;
    nodes := !nodes + count tree
  done;
  for _ = 1 to iterations stretch_depth depth do
    nodes := !nodes + count (bottom_up depth)
  done;
  !nodes

let run rounds stretch_depth =
  Printf.printf "stretch: %d nodes\n" (count (bottom_up stretch_depth));
  let long_lived = new_node () in
  populate long_lived (stretch_depth - 2);
  let items = Array.make array_size 0.0 in
  for i = 0 to (array_size / 2) - 1 do
    items.(i) <- 1.0 /. float_of_int (i + 1)
  done;
  let depth = ref least_depth in
  while !depth <= stretch_depth - 2 do
    let nodes = ref 0 in
    for _ = 1 to rounds do
      nodes := !nodes + construct stretch_depth !depth
    done;
    Printf.printf "depth %d: %d nodes\n" !depth !nodes;
    depth := !depth + 2
  done;
  Printf.printf "long lived: %d nodes, array %s\n" (count long_lived)
    (if items.(1000) = 1.0 /. 1001.0 then "intact" else "lost")

let () =
  let argument place default =
    if Array.length Sys.argv > place then int_of_string Sys.argv.(place)
    else default
  in
  run (argument 1 4) (argument 2 18)
