(* A deep recursion: deep-recursion [DEPTH=1000000] [ROUNDS=1] *)

type number = Top | Number of { mutable above : number; value : int }

(* How many numbers there are from this one up, after a collection. *)
let collect_and_count number =
  Gc.full_major ();
  let rec count from = function
    | Top -> from
    | Number { above; _ } -> count (from + 1) above
  in
  count 0 number

let rec descend above depth =
  let mine = Number { above; value = depth } in
  if depth = 0 then collect_and_count mine
  else begin
    let below = descend mine (depth - 1) in
    match mine with
    | Number { above = still; value } when still == above -> below + value
    | _ -> failwith "lost"
  end

let bytes_per_frame = 512
let slack = 1 lsl 20

(* The stack is the system's, and its size what the process started with. *)
let restart_with_stack bytes =
  Unix.putenv "DEEP_RECURSION_HAS_STACK" "yes";
  Unix.execv "/bin/sh"
    (Array.append
       [| "sh"; "-c";
          Printf.sprintf "ulimit -S -s %d; exec \"$0\" \"$@\"" (bytes / 1024);
          Sys.executable_name |]
       (Array.sub Sys.argv 1 (Array.length Sys.argv - 1)))

let () =
  let argument place default =
    if Array.length Sys.argv > place then int_of_string Sys.argv.(place)
    else default
  in
  let depth = argument 1 1000000 in
  if Sys.getenv_opt "DEEP_RECURSION_HAS_STACK" = None then
    restart_with_stack ((depth * bytes_per_frame) + slack);
  let sum = ref 0 in
  for _ = 1 to argument 2 1 do
    sum := !sum + descend Top depth
  done;
  Printf.printf "depth %d, sum %d\n" depth !sum
