(* The spectral norm of an infinite matrix's corner: numeric [SIZE=2000] *)

let element i j =
  1.0 /. float_of_int ((((i + j) * (i + j + 1)) lsr 1) + i + 1)

let multiply (out : float array) (from : float array) =
  for i = 0 to Array.length from - 1 do
    let sum = ref 0.0 in
    for j = 0 to Array.length from - 1 do
      sum := !sum +. (element i j *. from.(j))
    done;
    out.(i) <- !sum
  done

let multiply_transposed (out : float array) (from : float array) =
  for i = 0 to Array.length from - 1 do
    let sum = ref 0.0 in
    for j = 0 to Array.length from - 1 do
      sum := !sum +. (element j i *. from.(j))
    done;
    out.(i) <- !sum
  done

let dot (a : float array) (b : float array) =
  let sum = ref 0.0 in
  for i = 0 to Array.length a - 1 do
    sum := !sum +. (a.(i) *. b.(i))
  done;
  !sum

let () =
  let size =
    if Array.length Sys.argv > 1 then int_of_string Sys.argv.(1) else 2000
  in
  let u = Array.make size 1.0 in
  let v = Array.make size 0.0 in
  let w = Array.make size 0.0 in
  for _ = 1 to 10 do
    multiply w u;
    multiply_transposed v w;
    multiply w v;
    multiply_transposed u w
  done;
  Printf.printf "%.9f\n" (sqrt (dot u v /. dot v v))
