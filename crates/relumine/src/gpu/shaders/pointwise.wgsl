// 2×2 max pooling with stride 2 (an odd last row or column is dropped), its gradient, the gradient of a ReLU, and differences.
//
// Each thread makes one quad of the output; rows are the second dimension of the grid.

struct Shape {
    // Of the map that is pooled, or of all.
    height: u32,
    width: u32,
    // Quads.
    channels: u32,
    // For the gradient of a pooling: whether to add to what the output holds.
    accumulate: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> input: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4f>;
// The gradient by what was pooled, or what is subtracted.
@group(0) @binding(3) var<storage, read> other: array<vec4f>;

@compute @workgroup_size(64)
fn pool(@builtin(global_invocation_id) id: vec3u) {
    let pitch = (shape.width / 2u) * shape.channels;
    if id.x >= pitch {
        return;
    }
    let below = shape.width * shape.channels;
    let at = 2u * id.y * below + 2u * (id.x / shape.channels) * shape.channels + id.x % shape.channels;
    let upper = max(input[at], input[at + shape.channels]);
    let lower = max(input[at + below], input[at + below + shape.channels]);
    output[id.y * pitch + id.x] = max(upper, lower);
}

// Of equal values the first in reading order gets the gradient; where the input is zero the ReLU below lets nothing through.
@compute @workgroup_size(64)
fn unpool(@builtin(global_invocation_id) id: vec3u) {
    let pitch = shape.width * shape.channels;
    if id.x >= pitch {
        return;
    }
    let at = id.y * pitch + id.x;
    let x = id.x / shape.channels;
    let channel = id.x % shape.channels;
    var gradient = vec4f();
    if shape.accumulate != 0u {
        gradient = output[at];
    }
    if id.y / 2u < shape.height / 2u && x / 2u < shape.width / 2u {
        let corner = (id.y - id.y % 2u) * pitch + (x - x % 2u) * shape.channels + channel;
        let a = input[corner];
        let b = input[corner + shape.channels];
        let c = input[corner + pitch];
        let d = input[corner + pitch + shape.channels];
        let largest = max(max(a, b), max(c, d));
        let in_a = a == largest;
        let in_b = !in_a & (b == largest);
        let in_c = !in_a & !in_b & (c == largest);
        let in_d = !in_a & !in_b & !in_c;
        let upper = select(in_a, in_b, vec4<bool>(x % 2u == 1u));
        let lower = select(in_c, in_d, vec4<bool>(x % 2u == 1u));
        let here = select(upper, lower, vec4<bool>(id.y % 2u == 1u));
        let source = ((id.y / 2u) * (shape.width / 2u) + x / 2u) * shape.channels + channel;
        gradient += select(vec4f(), other[source], here);
    }
    output[at] = select(vec4f(), gradient, input[at] > vec4f());
}

// Leaves of a gradient by a ReLU's output what is one by its argument.
@compute @workgroup_size(64)
fn gate(@builtin(global_invocation_id) id: vec3u) {
    let pitch = shape.width * shape.channels;
    if id.x < pitch {
        let at = id.y * pitch + id.x;
        output[at] = select(vec4f(), output[at], input[at] > vec4f());
    }
}

@compute @workgroup_size(64)
fn difference(@builtin(global_invocation_id) id: vec3u) {
    let pitch = shape.width * shape.channels;
    if id.x < pitch {
        let at = id.y * pitch + id.x;
        output[at] = input[at] - other[at];
    }
}
