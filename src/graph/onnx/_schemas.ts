// Every standard operator's versions and the attributes of each. Written by scripts/operatorVersions.py: do not edit.
// Source: the schemas of ONNX 1.23.2; the constants with their defaults as JSON, `!` where one must be given.
// `~`: continues the version before it, whose nodes mean the same here; it names new attributes only. `x`: withdrawn.

/** The newest operator set of the table. */
export const newestOpset = 28

/** One operator a line. */
export const schemas = `Abs: 1; 6~; 13~
Acos: 7; 22~
Acosh: 9; 22~
Add: 1 axis broadcast=0; 6~; 7; 13~; 14~
AffineGrid: 20 align_corners=0
And: 1 axis broadcast=0; 7
ArgMax: 1 axis=0 keepdims=1; 11~; 12~ select_last_index=0; 13~
ArgMin: 1 axis=0 keepdims=1; 11~; 12~ select_last_index=0; 13~
Asin: 7; 22~
Asinh: 9; 22~
Atan: 7; 22~
Atanh: 9; 22~
Attention: 23 is_causal=0 kv_num_heads q_num_heads qk_matmul_output_mode=0 scale softcap=0.0 softmax_precision; 24 is_causal=0 kv_num_heads q_num_heads qk_matmul_output_mode=0 scale softcap=0.0 softmax_precision; 25~ left_window_size=-1 right_window_size=-1
AveragePool: 1 auto_pad="NOTSET" kernel_shape! pads strides; 7~ count_include_pad=0; 10~ ceil_mode=0; 11~; 19~ dilations; 22~
BatchNormalization: 1 epsilon=9.999999747378752e-06 is_test=0 momentum=0.8999999761581421 spatial=1; 6~; 7 epsilon=9.999999747378752e-06 momentum=0.8999999761581421 spatial=1; 9 epsilon=9.999999747378752e-06 momentum=0.8999999761581421; 14 epsilon=9.999999747378752e-06 momentum=0.8999999761581421 training_mode=0; 15~
Bernoulli: 15 dtype seed; 22~
BitCast: 26 to!
BitShift: 11 direction!; 28~
BitwiseAnd: 18
BitwiseNot: 18
BitwiseOr: 18
BitwiseXor: 18
BlackmanWindow: 17 output_datatype=1 periodic=1
Cast: 1 to!; 6 to!; 9~; 13~; 19~ saturate=1; 21~; 23~; 24~ round_mode="up"; 25~; 28~
CastLike: 15; 19~ saturate=1; 21~; 23~; 24~ round_mode="up"; 25~
CausalConvWithState: 27 activation="none"
Ceil: 1; 6~; 13~
Celu: 12 alpha=1.0; 28~
CenterCropPad: 18 axes
Clip: 1 max min; 6 max=3.4028234663852886e+38 min=-3.4028234663852886e+38; 11; 12~; 13~
Col2Im: 18 dilations pads strides
Compress: 9 axis; 11~; 28~
Concat: 1 axis; 4 axis!; 11~; 13~
ConcatFromSequence: 11 axis! new_axis=0
Constant: 1 value!; 9~; 11~ sparse_value; 12~ value_float value_floats value_int value_ints value_string value_strings; 13~; 19~; 21~; 23~; 24~; 25~
ConstantOfShape: 9 value; 20~; 21~; 23~; 24~; 25~
Conv: 1 auto_pad="NOTSET" dilations group=1 kernel_shape pads strides; 11~; 22~
ConvInteger: 10 auto_pad="NOTSET" dilations group=1 kernel_shape pads strides
ConvTranspose: 1 auto_pad="NOTSET" dilations group=1 kernel_shape output_padding output_shape pads strides; 11~; 22~
Cos: 7; 22~
Cosh: 9; 22~
CumProd: 26 exclusive=0 reverse=0
CumSum: 11 exclusive=0 reverse=0; 14~
DFT: 17 axis=1 inverse=0 onesided=0; 20 inverse=0 onesided=0
DeformConv: 19 dilations group=1 kernel_shape offset_group=1 pads strides; 22~
DepthToSpace: 1 blocksize!; 11~ mode="DCR"; 13~; 28~
DequantizeLinear: 10; 13~ axis=1; 19~; 21~ block_size=0; 23~ output_dtype=0; 24~; 25~; 28~
Det: 11; 22~
Div: 1 axis broadcast=0; 6~; 7; 13~; 14~
Dropout: 1 is_test=0 ratio=0.5; 6~; 7 ratio=0.5; 10 ratio=0.5; 12 seed; 13~; 22~
DynamicQuantizeLinear: 11
Einsum: 12 equation!; 28~
Elu: 1 alpha=1.0; 6~; 22~
Equal: 1 axis broadcast=0; 7; 11~; 13~; 19~
Erf: 9; 13~
Exp: 1; 6~; 13~
Expand: 8; 13~
EyeLike: 9 dtype k=0; 22~
Flatten: 1 axis=1; 9~; 11~; 13~; 21~; 23~; 24~; 25~
Floor: 1; 6~; 13~
GRU: 1 activation_alpha activation_beta activations clip direction="foward" hidden_size output_sequence=0; 3 activation_alpha activation_beta activations clip direction="forward" hidden_size linear_before_reset=0 output_sequence=0; 7 activation_alpha activation_beta activations clip direction="forward" hidden_size linear_before_reset=0; 14~ layout=0; 22~
Gather: 1 axis=0; 11~; 13~
GatherElements: 11 axis=0; 13~
GatherND: 11; 12~ batch_dims=0; 13~
Gelu: 20 approximate="none"
Gemm: 1 alpha=1.0 beta=1.0 broadcast=0 transA=0 transB=0; 6~; 7 alpha=1.0 beta=1.0 transA=0 transB=0; 9~; 11~; 13~
GlobalAveragePool: 1; 22~
GlobalLpPool: 1 p=2.0; 2 p=2; 22~
GlobalMaxPool: 1; 22~
Greater: 1 axis broadcast=0; 7; 9~; 13~
GreaterOrEqual: 12; 16~
GridSample: 16 align_corners=0 mode="bilinear" padding_mode="zeros"; 20 align_corners=0 mode="linear" padding_mode="zeros"; 22~
GroupNormalization: 18x epsilon=9.999999747378752e-06 num_groups!; 21 epsilon=9.999999747378752e-06 num_groups! stash_type=1
HammingWindow: 17 output_datatype=1 periodic=1
HannWindow: 17 output_datatype=1 periodic=1
HardSigmoid: 1 alpha=0.20000000298023224 beta=0.5; 6~; 22~
HardSwish: 14; 22~
Hardmax: 1 axis=1; 11~; 13 axis=-1
Identity: 1; 13~; 14~; 16~; 19~; 21~; 23~; 24~; 25~
If: 1 else_branch! then_branch!; 11~; 13~; 16~; 19~; 21~; 23~; 24~; 25~
ImageDecoder: 20 pixel_format="RGB"
InstanceNormalization: 1 epsilon=9.999999747378752e-06; 6~; 22~
IsInf: 10 detect_negative=1 detect_positive=1; 20~
IsNaN: 9; 13~; 20~
LRN: 1 alpha=9.999999747378752e-05 beta=0.75 bias=1.0 size!; 13~
LSTM: 1 activation_alpha activation_beta activations clip direction="forward" hidden_size input_forget=0 output_sequence=0; 7 activation_alpha activation_beta activations clip direction="forward" hidden_size input_forget=0; 14~ layout=0; 22~
LayerNormalization: 17 axis=-1 epsilon=9.999999747378752e-06 stash_type=1
LeakyRelu: 1 alpha=0.009999999776482582; 6~; 16~
Less: 1 axis broadcast=0; 7; 9~; 13~
LessOrEqual: 12; 16~
LinearAttention: 27 chunk_size=64 kv_num_heads! q_num_heads! scale=0.0 update_rule="gated_delta"
Log: 1; 6~; 13~
LogSoftmax: 1 axis=1; 11~; 13 axis=-1
Loop: 1 body!; 11~; 13~; 16~; 19~; 21~; 23~; 24~; 25~
LpNormalization: 1 axis=-1 p=2; 22~
LpPool: 1 auto_pad="NOTSET" kernel_shape p=2.0 pads strides; 2 auto_pad="NOTSET" kernel_shape! p=2 pads strides; 11~; 18~ ceil_mode=0 dilations; 22~
MatMul: 1; 9~; 13~
MatMulInteger: 10
Max: 1; 6~; 8~; 12~; 13~
MaxPool: 1 auto_pad="NOTSET" kernel_shape! pads strides; 8~ storage_order=0; 10~ ceil_mode=0 dilations; 11~; 12~; 22~
MaxRoiPool: 1 pooled_shape! spatial_scale=1.0; 22~
MaxUnpool: 9 kernel_shape! pads strides; 11~; 22~
Mean: 1; 6~; 8~; 13~
MeanVarianceNormalization: 9 axes=[0,2,3]; 13~
MelWeightMatrix: 17 output_datatype=1
Min: 1; 6~; 8~; 12~; 13~
Mish: 18; 22~
Mod: 10 fmod=0; 13~; 28~
Mul: 1 axis broadcast=0; 6~; 7; 13~; 14~
Multinomial: 7 dtype=6 sample_size=1 seed; 22~
Neg: 1; 6~; 13~
NegativeLogLikelihoodLoss: 12 ignore_index reduction="mean"; 13~; 22~
NonMaxSuppression: 10 center_point_box=0; 11~
NonZero: 9; 13~
Not: 1
OneHot: 9 axis=-1; 11~; 28~
Optional: 15 type; 28~
OptionalGetElement: 15; 18~; 28~
OptionalHasElement: 15; 18~; 28~
Or: 1 axis broadcast=0; 7
PRelu: 1; 6~; 7; 9~; 16~
Pad: 1 mode="constant" paddings! value=0.0; 2 mode="constant" pads! value=0.0; 11 mode="constant"; 13~; 18~; 19~; 21~; 23~; 24~; 25~
Pow: 1 axis broadcast=0; 7; 12~; 13~; 15~
QLinearConv: 10 auto_pad="NOTSET" dilations group=1 kernel_shape pads strides
QLinearMatMul: 10; 21~
QuantizeLinear: 10; 13~ axis=1; 19~ saturate=1; 21~ block_size=0 output_dtype=0; 23~ precision=0; 24~; 25~; 28~
RMSNormalization: 23 axis=-1 epsilon=9.999999747378752e-06 stash_type=1
RNN: 1 activation_alpha activation_beta activations=["Tanh","Tanh"] clip direction="forward" hidden_size output_sequence=0; 7 activation_alpha activation_beta activations=["Tanh","Tanh"] clip direction="forward" hidden_size; 14~ layout=0; 22~
RandomNormal: 1 dtype=1 mean=0.0 scale=1.0 seed shape!; 22~
RandomNormalLike: 1 dtype mean=0.0 scale=1.0 seed; 22~
RandomUniform: 1 dtype=1 high=1.0 low=0.0 seed shape!; 22~
RandomUniformLike: 1 dtype high=1.0 low=0.0 seed; 22~
Range: 11; 27~ stash_type=1
Reciprocal: 1; 6~; 13~
ReduceL1: 1 axes keepdims=1; 11~; 13~; 18 keepdims=1 noop_with_empty_axes=0
ReduceL2: 1 axes keepdims=1; 11~; 13~; 18 keepdims=1 noop_with_empty_axes=0
ReduceLogSum: 1 axes keepdims=1; 11~; 13~; 18 keepdims=1 noop_with_empty_axes=0; 28~
ReduceLogSumExp: 1 axes keepdims=1; 11~; 13~; 18 keepdims=1 noop_with_empty_axes=0; 28~
ReduceMax: 1 axes keepdims=1; 11~; 12~; 13~; 18 keepdims=1 noop_with_empty_axes=0; 20~
ReduceMean: 1 axes keepdims=1; 11~; 13~; 18 keepdims=1 noop_with_empty_axes=0
ReduceMin: 1 axes keepdims=1; 11~; 12~; 13~; 18 keepdims=1 noop_with_empty_axes=0; 20~
ReduceProd: 1 axes keepdims=1; 11~; 13~; 18 keepdims=1 noop_with_empty_axes=0
ReduceSum: 1 axes keepdims=1; 11~; 13 keepdims=1 noop_with_empty_axes=0
ReduceSumSquare: 1 axes keepdims=1; 11~; 13~; 18 keepdims=1 noop_with_empty_axes=0
RegexFullMatch: 20 pattern
Relu: 1; 6~; 13~; 14~
Reshape: 1 shape; 5; 13~; 14~ allowzero=0; 19~; 21~; 23~; 24~; 25~
Resize: 10 mode="nearest"; 11 coordinate_transformation_mode="half_pixel" cubic_coeff_a=-0.75 exclude_outside=0 extrapolation_value=0.0 mode="nearest" nearest_mode="round_prefer_floor"; 13~; 18~ antialias=0 axes keep_aspect_ratio_policy="stretch"; 19~
ReverseSequence: 10 batch_axis=1 time_axis=0; 28~
RoiAlign: 10 mode="avg" output_height=1 output_width=1 sampling_ratio=0 spatial_scale=1.0; 16 coordinate_transformation_mode="half_pixel" mode="avg" output_height=1 output_width=1 sampling_ratio=0 spatial_scale=1.0; 22~
RotaryEmbedding: 23 interleaved=0 num_heads rotary_embedding_dim=0
Round: 11; 22~
STFT: 17 onesided=1
Scan: 8 body! directions num_scan_inputs!; 9 body! num_scan_inputs! scan_input_axes scan_input_directions scan_output_axes scan_output_directions; 11~; 16~; 19~; 21~; 23~; 24~; 25~
Scatter: 9 axis=0; 11x axis=0
ScatterElements: 11 axis=0; 13~; 16~ reduction="none"; 18~
ScatterND: 11; 13~; 16~ reduction="none"; 18~
Selu: 1 alpha=1.673200011253357 gamma=1.0506999492645264; 6 alpha=1.6732631921768188 gamma=1.0507010221481323; 22~
SequenceAt: 11
SequenceConstruct: 11
SequenceEmpty: 11 dtype
SequenceErase: 11
SequenceInsert: 11
SequenceLength: 11
SequenceMap: 17 body!
Shape: 1; 13~; 15~ end start=0; 19~; 21~; 23~; 24~; 25~
Shrink: 9 bias=0.0 lambd=0.5
Sigmoid: 1; 6~; 13~
Sign: 9; 13~
Sin: 7; 22~
Sinh: 9; 22~
Size: 1; 13~; 19~; 21~; 23~; 24~; 25~
Slice: 1 axes ends! starts!; 10; 11~; 13~
Softmax: 1 axis=1; 11~; 13 axis=-1
SoftmaxCrossEntropyLoss: 12 ignore_index reduction="mean"; 13~
Softplus: 1; 22~
Softsign: 1; 22~
SpaceToDepth: 1 blocksize!; 13~; 28~ mode="DCR"
Split: 1 axis split; 2 axis=0 split; 11~; 13 axis=0; 18 axis=0 num_outputs
SplitToSequence: 11 axis=0 keepdims=1; 24~
Sqrt: 1; 6~; 13~
Squeeze: 1 axes; 11~; 13; 21~; 23~; 24~; 25~
StringConcat: 20
StringNormalizer: 10 case_change_action="NONE" is_case_sensitive=0 locale stopwords
StringSplit: 20 delimiter maxsplit
Sub: 1 axis broadcast=0; 6~; 7; 13~; 14~
Sum: 1; 6~; 8~; 13~
SwiGLU: 28 alpha=1.0
Swish: 24 alpha=1.0
Tan: 7; 22~
Tanh: 1; 6~; 13~
TensorScatter: 24 axis=-2 mode="linear"
TfIdfVectorizer: 9 max_gram_length! max_skip_count! min_gram_length! mode! ngram_counts! ngram_indexes! pool_int64s pool_strings weights
ThresholdedRelu: 10 alpha=1.0; 22~
Tile: 1; 6; 13~
TopK: 1 axis=-1 k!; 10 axis=-1; 11~ largest=1 sorted=1; 24~
Transpose: 1 perm; 13~; 21~; 23~; 24~; 25~
Trilu: 14 upper=1
Unique: 11 axis sorted=1; 28~
Unsqueeze: 1 axes!; 11~; 13; 21~; 23~; 24~; 25~
Upsample: 1 height_scale! mode="nearest" width_scale!; 7 mode="nearest" scales!; 9 mode="nearest"; 10x mode="nearest"
Where: 9; 16~
Xor: 1 axis broadcast=0; 7`
