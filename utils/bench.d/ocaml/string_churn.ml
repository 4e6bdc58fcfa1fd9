(* Byte strings: string-churn [STRINGS=2000] [OPERATIONS=400000] *)

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

(* In words: 90 % are of less than 4 KiB, the others of up to 1 MiB. *)
let random_length () =
  let bits =
    if random_below 10 = 0 then 12 + random_below 8 else 4 + random_below 8
  in
  ((1 lsl bits) + random_below (1 lsl bits)) / 8

(* Only its first and last words are set: there are two at least. *)
let new_string number =
  let bytes = 8 * random_length () in
  let string = Bytes.create bytes in
  set64 string 0 (Int64.of_int number);
  set64 string (bytes - 8) (Int64.of_int (number * 3));
  string

let check table =
  let bytes = ref 0 and sum = ref 0L in
  for i = 0 to Array.length table - 1 do
    let string = table.(i) in
    let length = Bytes.length string in
    bytes := !bytes + length;
    sum :=
      Int64.add
        (Int64.add (Int64.mul !sum 31L) (get64 string 0))
        (get64 string (length - 8))
  done;
  Printf.printf "%d bytes, checksum %Lu\n" !bytes !sum

let argument place default =
  if Array.length Sys.argv > place then int_of_string Sys.argv.(place)
  else default

let () =
  let strings = argument 1 2000 in
  let operations = argument 2 400000 in
  let table = Array.make strings Bytes.empty in
  for i = 0 to strings - 1 do
    table.(i) <- new_string i
  done;
  for i = 0 to operations - 1 do
    let place = random_below strings in
    table.(place) <- new_string i
  done;
  check table
