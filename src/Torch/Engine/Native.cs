using System.Runtime.InteropServices;

namespace Vlm.Engine;

/// <summary>The bridge's C functions, as src/Torch/native declares them.</summary>
internal static unsafe partial class Native
{
    private const string Library = "vlmtorch";

    static Native() => LibraryLoader.Prepare();

    [LibraryImport(Library)] internal static partial byte* vt_last_error();
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial nint vt_find(string name, string overload);
    [LibraryImport(Library)] internal static partial int vt_schema(nint op, byte* text, int space);
    [LibraryImport(Library)]
    internal static partial int vt_call(nint op, Value* arguments, int count, Value* results, int space);
    [LibraryImport(Library)] internal static partial void vt_free_list(nint list);

    [LibraryImport(Library)] internal static partial void vt_release(nint handle);
    [LibraryImport(Library)] internal static partial nint vt_alias(nint handle);
    [LibraryImport(Library)] internal static partial long vt_live();
    [LibraryImport(Library), SuppressGCTransition] internal static partial int vt_dim(nint handle);
    [LibraryImport(Library), SuppressGCTransition] internal static partial long vt_numel(nint handle);
    [LibraryImport(Library), SuppressGCTransition] internal static partial long vt_size(nint handle, int dim);
    [LibraryImport(Library), SuppressGCTransition] internal static partial void vt_sizes(nint handle, long* sizes);
    [LibraryImport(Library)] internal static partial int vt_strides(nint handle, long* strides);
    [LibraryImport(Library)] internal static partial long vt_storage_offset(nint handle);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int vt_dtype(nint handle);
    [LibraryImport(Library), SuppressGCTransition] internal static partial int vt_device(nint handle);
    [LibraryImport(Library)] internal static partial int vt_is_contiguous(nint handle);
    [LibraryImport(Library)] internal static partial int vt_is_sparse(nint handle);
    [LibraryImport(Library)] internal static partial nint vt_data(nint handle);
    [LibraryImport(Library)]
    internal static partial nint vt_from_blob(
        void* data, long* sizes, int dims, int dtype, delegate* unmanaged<nint, void> free, nint context);
    [LibraryImport(Library)] internal static partial int vt_set_data(nint handle, nint source);
    [LibraryImport(Library)] internal static partial int vt_text(nint handle, byte* text, int space);

    [LibraryImport(Library)] internal static partial int vt_requires_grad(nint handle);
    [LibraryImport(Library)] internal static partial int vt_set_requires_grad(nint handle, int on);
    [LibraryImport(Library)] internal static partial int vt_is_leaf(nint handle);
    [LibraryImport(Library)] internal static partial int vt_retain_grad(nint handle);
    [LibraryImport(Library)] internal static partial nint vt_grad(nint handle);
    [LibraryImport(Library)] internal static partial int vt_set_grad(nint handle, nint grad);
    [LibraryImport(Library)]
    internal static partial int vt_backward(
        nint* roots, nint* grads, int count, int retain, int create, nint* inputs, int inputCount);
    [LibraryImport(Library)]
    internal static partial int vt_gradients(
        nint* roots, nint* grads, int count, nint* inputs, int inputCount, int retain, int create, int allowUnused,
        nint* results);
    [LibraryImport(Library)] internal static partial int vt_grad_enabled();
    [LibraryImport(Library)] internal static partial void vt_set_grad_enabled(int on);
    [LibraryImport(Library)] internal static partial nint vt_inference_enter(int on);
    [LibraryImport(Library)] internal static partial void vt_inference_leave(nint guard);
    [LibraryImport(Library)] internal static partial int vt_inference_enabled();

    [LibraryImport(Library)] internal static partial byte* vt_version();
    [LibraryImport(Library)] internal static partial int vt_threads();
    [LibraryImport(Library)] internal static partial int vt_set_threads(int count);
    [LibraryImport(Library)] internal static partial int vt_interop_threads();
    [LibraryImport(Library)] internal static partial int vt_set_interop_threads(int count);
    [LibraryImport(Library)] internal static partial int vt_cuda_available();
    [LibraryImport(Library)] internal static partial int vt_cuda_count();
    [LibraryImport(Library)] internal static partial int vt_cuda_synchronize(int index);
    [LibraryImport(Library)] internal static partial int vt_cuda_seed(long seed);
    [LibraryImport(Library)] internal static partial int vt_default_dtype();
    [LibraryImport(Library)] internal static partial int vt_set_default_dtype(int dtype);
    [LibraryImport(Library)] internal static partial int vt_matmul_precision();
    [LibraryImport(Library)] internal static partial int vt_set_matmul_precision(int precision);
    [LibraryImport(Library)] internal static partial int vt_manual_seed(long seed);
    [LibraryImport(Library)] internal static partial nint vt_generator_new(long seed, long device);
    [LibraryImport(Library)] internal static partial nint vt_generator_default(long device);
    [LibraryImport(Library)] internal static partial void vt_generator_free(nint generator);
    [LibraryImport(Library)] internal static partial int vt_generator_seed(nint generator, long seed);
    [LibraryImport(Library)] internal static partial long vt_generator_initial_seed(nint generator);
    [LibraryImport(Library)] internal static partial nint vt_generator_state(nint generator);
    [LibraryImport(Library)] internal static partial int vt_generator_set_state(nint generator, nint state);

    /// <summary>The message of the last failure on this thread.</summary>
    internal static string LastError => Marshal.PtrToStringUTF8((nint)vt_last_error()) ?? "unknown native failure";

    /// <summary>Throws the last failure's message where a call returned a negative number.</summary>
    internal static int Check(int result) => result >= 0 ? result : throw new ExternalException(LastError);

    /// <summary>Throws the last failure's message where a call returned null.</summary>
    internal static nint Check(nint result) => result != 0 ? result : throw new ExternalException(LastError);
}

/// <summary>One argument or result as the bridge lays it out (vt_value).</summary>
[StructLayout(LayoutKind.Explicit, Size = 16)]
internal struct Value
{
    [FieldOffset(0)] internal ValueTag Tag;
    [FieldOffset(4)] internal int Count;
    [FieldOffset(8)] internal long Integer;
    [FieldOffset(8)] internal double Number;
    [FieldOffset(8)] internal nint Pointer;
}

/// <summary>What a <see cref="Value"/> holds (vt_tag).</summary>
internal enum ValueTag
{
    Default = -1,
    None = 0,
    Tensor = 1,
    Integer = 2,
    Number = 3,
    Boolean = 4,
    Integers = 5,
    Numbers = 6,
    Tensors = 7,
    Text = 8,
    Booleans = 9,
    Generator = 10,
    Device = 11,
}
