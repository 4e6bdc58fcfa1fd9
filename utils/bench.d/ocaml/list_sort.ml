(* Merge sort of lists: list-sort [LENGTH=1000000] [ROUNDS=5] *)

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

let random_list length =
  let list = ref [] in
  for _ = 1 to length do
    list := random_number () :: !list
  done;
  !list

(* As List.sort does it, which stores into no old cell: two lists sorted one way
   are merged into a new one sorted the other way. *)
let rec merge_ascending (a : int list) (b : int list) merged =
  match (a, b) with
  | [], [] -> merged
  | first :: rest, [] -> merge_ascending rest [] (first :: merged)
  | [], first :: rest -> merge_ascending [] rest (first :: merged)
  | x :: a', y :: b' ->
      if x <= y then merge_ascending a' b (x :: merged)
      else merge_ascending a b' (y :: merged)

let rec merge_descending (a : int list) (b : int list) merged =
  match (a, b) with
  | [], [] -> merged
  | first :: rest, [] -> merge_descending rest [] (first :: merged)
  | [], first :: rest -> merge_descending [] rest (first :: merged)
  | x :: a', y :: b' ->
      if x > y then merge_descending a' b (x :: merged)
      else merge_descending a b' (y :: merged)

let rec skip list length =
  if length = 0 then list else skip (List.tl list) (length - 1)

(* Sort the first length values. *)
let rec sort list length =
  if length = 0 then []
  else if length = 1 then [ List.hd list ]
  else begin
    let half = length / 2 in
    let second = skip list half in
    let sorted = sort_down list half in
    merge_descending sorted (sort_down second (length - half)) []
  end

and sort_down list length =
  if length = 0 then []
  else if length = 1 then [ List.hd list ]
  else begin
    let half = length / 2 in
    let second = skip list half in
    let sorted = sort list half in
    merge_ascending sorted (sort second (length - half)) []
  end

let check list =
  let sum = ref 0L and previous = ref 0 and place = ref 0 in
  let is_sorted = ref true and rest = ref list in
  while !rest <> [] do
    let value = List.hd !rest in
    if !previous > value then is_sorted := false;
    previous := value;
    incr place;
    sum :=
      Int64.add !sum (Int64.mul (Int64.of_int value) (Int64.of_int !place));
    rest := List.tl !rest
  done;
  Printf.printf "%d values, sorted: %s, checksum %Lu\n" !place
    (if !is_sorted then "yes" else "no")
    !sum

let argument place default =
  if Array.length Sys.argv > place then int_of_string Sys.argv.(place)
  else default

let () =
  let length = argument 1 1000000 in
  for _ = 1 to argument 2 5 do
    check (sort (random_list length) length)
  done
