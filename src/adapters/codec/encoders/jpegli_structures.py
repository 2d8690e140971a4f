"""The structures of libjpeg 6.2, through which jpegli is called."""

from ctypes import (
    POINTER,
    Structure,
    c_char_p,
    c_double,
    c_float,
    c_int,
    c_size_t,
    c_ubyte,
    c_uint,
    c_ulong,
    c_ushort,
    c_void_p,
)


class Component(Structure):
    _fields_ = (
        *((name, c_int) for name in ("index", "id", "h_samp_factor", "v_samp_factor", "quant", "dc", "ac")),
        *((name, c_uint) for name in ("width_in_blocks", "height_in_blocks")),
        ("scaled_size", c_int),
        *((name, c_uint) for name in ("downsampled_width", "downsampled_height")),
        ("needed", c_int),
        *(
            (name, c_int)
            for name in ("mcu_width", "mcu_height", "mcu_blocks", "mcu_sample_width", "last_col", "last_row")
        ),
        ("table", c_void_p),
        ("dct", c_void_p),
    )


class Compress(Structure):
    """``jpeg_compress_struct`` of libjpeg 6.2."""

    _fields_ = (
        *((name, c_void_p) for name in ("err", "mem", "progress", "client_data")),
        *((name, c_int) for name in ("is_decompressor", "global_state")),
        ("dest", c_void_p),
        ("image_width", c_uint),
        ("image_height", c_uint),
        ("input_components", c_int),
        ("in_color_space", c_int),
        ("input_gamma", c_double),
        *((name, c_int) for name in ("data_precision", "num_components", "jpeg_color_space")),
        ("comp_info", POINTER(Component)),
        ("tables", c_void_p * 12),
        ("arithmetic", c_ubyte * 48),
        ("num_scans", c_int),
        ("scan_info", c_void_p),
        *(
            (name, c_int)
            for name in ("raw_data_in", "arith_code", "optimize_coding", "ccir601", "smoothing", "dct_method")
        ),
        ("restart_interval", c_uint),
        *((name, c_int) for name in ("restart_in_rows", "write_JFIF_header")),
        *((name, c_ubyte) for name in ("jfif_major", "jfif_minor", "density_unit")),
        *((name, c_ushort) for name in ("x_density", "y_density")),
        ("write_Adobe_marker", c_int),
        ("next_scanline", c_uint),
        *((name, c_int) for name in ("progressive_mode", "max_h", "max_v")),
        ("total_rows", c_uint),
        ("comps_in_scan", c_int),
        ("current", c_void_p * 4),
        *((name, c_uint) for name in ("mcus_per_row", "mcu_rows")),
        ("blocks_in_mcu", c_int),
        ("membership", c_int * 10),
        *((name, c_int) for name in ("ss", "se", "ah", "al")),
        *(
            (name, c_void_p)
            for name in ("master", "main", "prep", "coef", "marker", "cconvert", "downsample", "fdct", "entropy")
        ),
        ("script_space", c_void_p),
        ("script_space_size", c_int),
    )


class Marker(Structure):
    """``jpeg_marker_struct``: a saved application segment or comment, in a list."""


Marker._fields_ = (
    ("following", POINTER(Marker)),
    ("marker", c_ubyte),
    ("original_length", c_uint),
    ("length", c_uint),
    ("data", c_void_p),
)


class Decompress(Structure):
    """``jpeg_decompress_struct``."""

    _fields_ = (
        *((name, c_void_p) for name in ("err", "mem", "progress", "client_data")),
        *((name, c_int) for name in ("is_decompressor", "global_state")),
        ("src", c_void_p),
        ("image_width", c_uint),
        ("image_height", c_uint),
        *((name, c_int) for name in ("num_components", "jpeg_color_space", "out_color_space")),
        *((name, c_uint) for name in ("scale_num", "scale_denom")),
        ("output_gamma", c_double),
        *((name, c_int) for name in ("buffered_image", "raw_data_out", "dct_method", "fancy_upsampling")),
        *((name, c_int) for name in ("block_smoothing", "quantize_colors", "dither_mode", "two_pass_quantize")),
        *((name, c_int) for name in ("colours", "one_pass", "external", "two_pass")),
        *((name, c_uint) for name in ("output_width", "output_height")),
        *((name, c_int) for name in ("out_components", "output_components", "rec_outbuf_height", "actual_colours")),
        ("colormap", c_void_p),
        ("output_scanline", c_uint),
        ("input_scan_number", c_int),
        ("input_row", c_uint),
        ("output_scan_number", c_int),
        ("output_row", c_uint),
        ("coef_bits", c_void_p),
        ("tables", c_void_p * 12),
        ("data_precision", c_int),
        ("comp_info", c_void_p),
        *((name, c_int) for name in ("progressive_mode", "arith_code")),
        ("arithmetic", c_ubyte * 48),
        ("restart_interval", c_uint),
        ("saw_JFIF_marker", c_int),
        *((name, c_ubyte) for name in ("jfif_major", "jfif_minor", "density_unit")),
        *((name, c_ushort) for name in ("x_density", "y_density")),
        ("saw_Adobe_marker", c_int),
        ("adobe_transform", c_ubyte),
        ("ccir601", c_int),
        ("marker_list", POINTER(Marker)),
        *((name, c_int) for name in ("max_h", "max_v", "min_dct_scaled_size")),
        ("total_rows", c_uint),
        ("range_limit", c_void_p),
        ("comps_in_scan", c_int),
        ("current", c_void_p * 4),
        *((name, c_uint) for name in ("mcus_per_row", "mcu_rows")),
        ("blocks_in_mcu", c_int),
        ("membership", c_int * 10),
        *((name, c_int) for name in ("ss", "se", "ah", "al", "unread_marker")),
        *((name, c_void_p) for name in ("master", "main", "coef", "post", "inputctl", "marker", "entropy")),
        *((name, c_void_p) for name in ("idct", "upsample", "cconvert", "cquantize")),
    )


Handle = POINTER(Compress)
Reader = POINTER(Decompress)
FUNCTIONS: dict[str, tuple[object, ...]] = {
    "CreateCompress": (Handle, c_int, c_size_t),
    "std_error": (c_void_p,),
    "mem_dest": (Handle, POINTER(c_void_p), POINTER(c_ulong)),
    "set_defaults": (Handle,),
    "set_distance": (Handle, c_float, c_int),
    "set_progressive_level": (Handle, c_int),
    "enable_adaptive_quantization": (Handle, c_int),
    "start_compress": (Handle, c_int),
    "write_icc_profile": (Handle, c_char_p, c_uint),
    "write_scanlines": (Handle, c_void_p, c_uint),
    "write_marker": (Handle, c_int, c_void_p, c_uint),
    "write_coefficients": (Handle, c_void_p),
    "finish_compress": (Handle,),
    "destroy_compress": (Handle,),
    "CreateDecompress": (Reader, c_int, c_size_t),
    "mem_src": (Reader, c_char_p, c_ulong),
    "save_markers": (Reader, c_int, c_uint),
    "read_header": (Reader, c_int),
    "read_coefficients": (Reader,),
    "copy_critical_parameters": (Reader, Handle),
    "finish_decompress": (Reader,),
    "destroy_decompress": (Reader,),
}
"""The functions that are called, without their prefix, and their arguments."""
