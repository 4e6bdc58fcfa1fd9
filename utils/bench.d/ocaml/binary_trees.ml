(* Binary trees: binary-trees [DEPTH=21] *)

(* Mutable, so that a leaf is allocated and not a constant. *)
type tree = Empty | Node of { mutable left : tree; mutable right : tree }

let rec make depth =
  if depth > 0 then begin
    let left = make (depth - 1) in
    let right = make (depth - 1) in
    Node { left; right }
  end
  else Node { left = Empty; right = Empty }

let rec count = function
  | Node { left = Node _ as left; right } -> 1 + count left + count right
  | _ -> 1

let least_depth = 4

let count_many trees depth =
  let total = ref 0 in
  for _ = 1 to trees do
    total := !total + count (make depth)
  done;
  !total

let run depth =
  Printf.printf "stretch tree of depth %d\t check: %d\n" (depth + 1)
    (count (make (depth + 1)));
  let long_lived = make depth in
  let each = ref least_depth in
  while !each <= depth do
    let trees = 1 lsl (depth - !each + least_depth) in
    Printf.printf "%d\t trees of depth %d\t check: %d\n" trees !each
      (count_many trees !each);
    each := !each + 2
  done;
  Printf.printf "long lived tree of depth %d\t check: %d\n" depth
    (count long_lived)

let () =
  run (if Array.length Sys.argv > 1 then int_of_string Sys.argv.(1) else 21)
