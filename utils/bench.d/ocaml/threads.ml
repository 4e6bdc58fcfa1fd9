(* Threads, under one lock: threads [THREADS=4] [DEPTH=16] [ROUNDS=40] *)

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

let thread_main (totals, place, depth, rounds) =
  let kept = make depth in
  let total = ref 0 in
  for _ = 1 to rounds do
    total := !total + count (make depth)
  done;
  totals.(place) <- !total + count kept

let most_threads = 64

let () =
  let argument place default =
    if Array.length Sys.argv > place then int_of_string Sys.argv.(place)
    else default
  in
  let number = argument 1 4 in
  let depth = argument 2 16 in
  let rounds = argument 3 40 in
  if number < 1 || number > most_threads then begin
    Printf.eprintf "threads: 1 to %d threads\n" most_threads;
    exit 1
  end;
  let totals = Array.make number 0 in
  let threads =
    Array.init number (fun place ->
        Thread.create thread_main (totals, place, depth, rounds))
  in
  Array.iter Thread.join threads;
  Printf.printf "%d threads, %d nodes\n" number (Array.fold_left ( + ) 0 totals)
