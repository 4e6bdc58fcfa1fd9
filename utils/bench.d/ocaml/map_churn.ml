(* A hash map: map-churn [KEYS=500000] [OPERATIONS=10000000] *)

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

type value = { a : int; b : int }

type entry =
  | Nil
  | Entry of { mutable next : entry; mutable value : value; key : int }

let hash key =
  Int64.to_int
    (Int64.shift_right_logical
       (Int64.mul (Int64.of_int key) 0x9e3779b97f4a7c15L)
       20)

let index_of map key = hash key mod Array.length map

let rec find entry (wanted : int) =
  match entry with
  | Entry { key; next; _ } when key <> wanted -> find next wanted
  | found -> found

let put (map : entry array) key number =
  let value = { a = number; b = key } in
  let index = index_of map key in
  match find map.(index) key with
  | Entry entry -> entry.value <- value
  | Nil -> map.(index) <- Entry { next = map.(index); value; key }

let rec drop_after before (wanted : int) =
  match before with
  | Entry ({ next = Entry { key; next = after; _ } as next; _ } as entry) ->
      if key = wanted then entry.next <- after else drop_after next wanted
  | _ -> ()

let drop (map : entry array) wanted =
  let index = index_of map wanted in
  match map.(index) with
  | Entry { key; next; _ } when key = wanted -> map.(index) <- next
  | first -> drop_after first wanted

let check map =
  let entries = ref 0 and sum = ref 0 in
  let rec add = function
    | Nil -> ()
    | Entry { next; value; key } ->
        incr entries;
        sum := !sum + (value.a * 31) + value.b + key;
        add next
  in
  Array.iter add map;
  Printf.printf "%d entries, checksum %d\n" !entries !sum

let argument place default =
  if Array.length Sys.argv > place then int_of_string Sys.argv.(place)
  else default

let () =
  let keys = argument 1 500000 in
  let operations = argument 2 10000000 in
  let map = Array.make keys Nil in
  for key = 0 to keys - 1 do
    put map key key
  done;
  for i = 0 to operations - 1 do
    if i land 7 = 0 then drop map (random_below keys);
    put map (random_below keys) i
  done;
  check map
