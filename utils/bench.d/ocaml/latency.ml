(* A table whose objects are replaced at random: examples/latency.
   latency [OBJECTS] [OPERATIONS] [FILE] *)

(* The numbers of examples/random.h, in 64 bits and without boxes. *)
external get64 : bytes -> int -> int64 = "%caml_bytes_get64u"
external set64 : bytes -> int -> int64 -> unit = "%caml_bytes_set64u"

let random_state =
  let state = Bytes.create 8 in
  set64 state 0 42L;
  state

let random_below limit =
  let next =
    Int64.add
      (Int64.mul (get64 random_state 0) 6364136223846793005L)
      1442695040888963407L
  in
  set64 random_state 0 next;
  Int64.to_int (Int64.shift_right_logical next 32) mod limit

(* A leaf has no references: 88 bytes behind its header. *)
type node = {
  leaf : bytes;
  mutable link : bytes;
  key : int;
  a : int;
  b : int;
  c : int;
}

let none = Bytes.create 0

let new_node key =
  let leaf = Bytes.make 87 '\000' in
  set64 leaf 0 (Int64.of_int (3 * key));
  { leaf; link = none; key; a = 0; b = 0; c = 0 }

let () =
  let argument i default =
    if Array.length Sys.argv > i then int_of_string Sys.argv.(i) else default
  in
  let objects = argument 1 200000 and operations = argument 2 2000000 in
  let nodes = Array.make objects (new_node 0) in
  for i = 0 to objects - 1 do
    nodes.(i) <- new_node i
  done;
  (* Outside of the heap. *)
  let samples =
    Bigarray.Array1.create Bigarray.int64 Bigarray.c_layout
      ((operations / 16) + 1)
  in
  Bigarray.Array1.fill samples 0L;
  let count = ref 0 in
  for i = 0 to operations - 1 do
    let node = new_node (objects + i) in
    nodes.(random_below objects) <- node;
    nodes.(random_below objects).link <- node.leaf;
    if i land 15 = 0 then begin
      Bigarray.Array1.unsafe_set samples !count
        (Int64.of_float (Unix.gettimeofday () *. 1e9));
      incr count
    end
  done;
  let sum = ref 0L in
  Array.iter
    (fun node ->
      sum :=
        Int64.add (Int64.mul !sum 31L)
          (Int64.add (Int64.of_int node.key) (get64 node.leaf 0));
      if node.link != none then sum := Int64.add !sum (get64 node.link 0))
    nodes;
  Printf.printf "checksum %Lu\n" !sum;
  if Array.length Sys.argv > 3 then begin
    let out = open_out_bin Sys.argv.(3) in
    let word = Bytes.create 8 in
    for i = 0 to !count - 1 do
      Bytes.set_int64_le word 0 samples.{i};
      output_bytes out word
    done;
    close_out out
  end
