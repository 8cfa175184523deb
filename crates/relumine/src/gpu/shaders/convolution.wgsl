// 3×3 convolution, stride 1, zero padding 1.
//
// Maps are channels last, four channels a quad. A workgroup makes a tile of positions × OUTPUTS quads of channels: quad by
// quad of the input, the tile's window and the weights go to workgroup memory, and each thread multiplies them into a
// strip of four positions, one below the other, of one quad.

struct Shape {
    height: u32,
    width: u32,
    // Quads.
    inputs: u32,
    outputs: u32,
    // What follows the convolution.
    finish: u32,
}

// Add the bias and close below zero.
const ACTIVATE: u32 = 1u;
// Add to what the output holds.
const ACCUMULATE: u32 = 2u;
// Then zero wherever `extra`, the activation at the output, is.
const GATE: u32 = 4u;

const THREADS: u32 = 256u;
const STRIP: u32 = 4u;

// Quads of output a tile, and its columns; 16 and 8, 8 and 16, or 4 and 16.
override OUTPUTS: u32 = 16u;
override COLUMNS: u32 = 8u;

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> input: array<vec4f>;
// By input quad, kernel position, channel of the quad, output quad.
@group(0) @binding(2) var<storage, read> weights: array<vec4f>;
// The bias, or the activation of a gate.
@group(0) @binding(3) var<storage, read> extra: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> output: array<vec4f>;

// 18 × 18 positions at the most.
var<workgroup> window: array<vec4f, 324>;
// 9 kernel positions × 4 channels × 16 quads at the most.
var<workgroup> kernel: array<vec4f, 576>;

fn matrix(position: u32, quad: u32) -> mat4x4f {
    let at = position * 4u * OUTPUTS + quad;
    return mat4x4f(kernel[at], kernel[at + OUTPUTS], kernel[at + 2u * OUTPUTS], kernel[at + 3u * OUTPUTS]);
}

fn store(row: u32, column: u32, quad: u32, sum: vec4f) {
    if row >= shape.height || column >= shape.width || quad >= shape.outputs {
        return;
    }
    let at = (row * shape.width + column) * shape.outputs + quad;
    var value = sum;
    if (shape.finish & ACTIVATE) != 0u {
        value = max(value + extra[quad], vec4f());
    }
    if (shape.finish & ACCUMULATE) != 0u {
        value += output[at];
    }
    if (shape.finish & GATE) != 0u {
        value = select(vec4f(), value, extra[at] > vec4f());
    }
    output[at] = value;
}

@compute @workgroup_size(256)
fn convolve(@builtin(workgroup_id) tile: vec3u, @builtin(local_invocation_index) thread: u32) {
    let rows = STRIP * (THREADS / OUTPUTS / COLUMNS);
    let top = tile.y * rows;
    let left = tile.x * COLUMNS;
    let first = tile.z * OUTPUTS;

    let quad = thread % OUTPUTS;
    let strip = thread / OUTPUTS;
    let x = strip % COLUMNS;
    let y = STRIP * (strip / COLUMNS);
    let pitch = COLUMNS + 2u;

    var sum0 = vec4f();
    var sum1 = vec4f();
    var sum2 = vec4f();
    var sum3 = vec4f();
    for (var channel = 0u; channel < shape.inputs; channel++) {
        for (var at = thread; at < pitch * (rows + 2u); at += THREADS) {
            // One above and left of the tile; at the photo's border this wraps around and is out of its range.
            let row = top + at / pitch - 1u;
            let column = left + at % pitch - 1u;
            var value = vec4f();
            if row < shape.height && column < shape.width {
                value = input[(row * shape.width + column) * shape.inputs + channel];
            }
            window[at] = value;
        }
        for (var at = thread; at < 36u * OUTPUTS; at += THREADS) {
            let output_quad = first + at % OUTPUTS;
            var value = vec4f();
            if output_quad < shape.outputs {
                value = weights[(channel * 36u + at / OUTPUTS) * shape.outputs + output_quad];
            }
            kernel[at] = value;
        }
        workgroupBarrier();
        for (var dx = 0u; dx < 3u; dx++) {
            let at = y * pitch + x + dx;
            let above = window[at];
            let a = window[at + pitch];
            let b = window[at + 2u * pitch];
            let c = window[at + 3u * pitch];
            let d = window[at + 4u * pitch];
            let below = window[at + 5u * pitch];
            var m = matrix(dx, quad);
            sum0 += m * above;
            sum1 += m * a;
            sum2 += m * b;
            sum3 += m * c;
            m = matrix(3u + dx, quad);
            sum0 += m * a;
            sum1 += m * b;
            sum2 += m * c;
            sum3 += m * d;
            m = matrix(6u + dx, quad);
            sum0 += m * b;
            sum1 += m * c;
            sum2 += m * d;
            sum3 += m * below;
        }
        workgroupBarrier();
    }
    store(top + y, left + x, first + quad, sum0);
    store(top + y + 1u, left + x, first + quad, sum1);
    store(top + y + 2u, left + x, first + quad, sum2);
    store(top + y + 3u, left + x, first + quad, sum3);
}
