using System.Runtime.CompilerServices;
using TorchSharp.Utils;
using Vlm.Engine;

namespace TorchSharp;

public static partial class torch
{
    // Numbers out of native memory, and its bytes.
    public unsafe partial class Tensor
    {
        private static readonly Operator s_item = new("aten::item");

        /// <summary>Typed access to the numbers of a tensor on the CPU, without a copy.</summary>
        /// <exception cref="ArgumentException">T is not the tensor's element type.</exception>
        /// <exception cref="InvalidOperationException">The tensor is not on the CPU.</exception>
        public TensorAccessor<T> data<T>() where T : unmanaged
        {
            CheckType<T>();
            return new TensorAccessor<T>(this);
        }

        /// <summary>The one number of a tensor of one element.</summary>
        /// <exception cref="ArgumentException">T is not the tensor's element type, or there are several.</exception>
        public T item<T>() where T : unmanaged
        {
            CheckType<T>();
            if (numel() != 1)
                throw new ArgumentException($"a tensor of shape {ShapeText} is no single number");
            if (device_type == DeviceType.CPU)
                return ReadCpuValue<T>(0);

            using Tensor here = cpu();
            return here.ReadCpuValue<T>(0);
        }

        /// <summary>The i-th number in memory, counted from the tensor's first.</summary>
        public T ReadCpuValue<T>(long i) where T : unmanaged
        {
            CheckType<T>();
            if (i < 0 || i >= numel())
                throw new IndexOutOfRangeException($"element {i} of a tensor of shape {ShapeText}");
            return Kept(((T*)Start())[i]);
        }

        public float ReadCpuSingle(long i) => ReadCpuValue<float>(i);

        public double ReadCpuDouble(long i) => ReadCpuValue<double>(i);

        public int ReadCpuInt32(long i) => ReadCpuValue<int>(i);

        public long ReadCpuInt64(long i) => ReadCpuValue<long>(i);

        public byte ReadCpuByte(long i) => ReadCpuValue<byte>(i);

        public bool ReadCpuBool(long i) => ReadCpuValue<bool>(i);

        /// <summary>The memory of a contiguous tensor on the CPU.</summary>
        public Span<byte> bytes
        {
            get => is_contiguous()
                ? new((void*)(numel() == 0 ? 0 : Start()), checked((int)(numel() * element_size())))
                : throw new InvalidOperationException($"a tensor of shape {ShapeText} with gaps has no one span");
            set
            {
                Span<byte> target = bytes;
                if (value.Length != target.Length)
                    throw new ArgumentException(
                        $"{value.Length} bytes for a tensor of {target.Length}", nameof(value));
                value.CopyTo(target);
            }
        }

        /// <summary>The number of a tensor of one element, in its own type.</summary>
        public Scalar ToScalar() => dtype switch
        {
            ScalarType.Bool => s_item.CallInteger(this) != 0,
            ScalarType.Float64 => s_item.CallNumber(this),
            ScalarType.Float16 or ScalarType.BFloat16 or ScalarType.Float32 => (float)s_item.CallNumber(this),
            ScalarType.Int32 => (int)s_item.CallInteger(this),
            _ => s_item.CallInteger(this),
        };

        public bool is_nonzero() => Number() != 0;

        public long element_size() => dtype.ElementSize();

        public long ElementSize => element_size();

        public long storage_offset() => Kept(Native.vt_storage_offset(Handle));

        public bool is_floating_point() => torch.is_floating_point(dtype);

        public bool is_integral() => torch.is_integral(dtype);

        public bool is_cpu() => device_type == DeviceType.CPU;

        public bool is_sparse => Kept(Native.vt_is_sparse(Handle) != 0);

        public long stride(int dim) => stride()[dim < 0 ? dim + Native.vt_dim(Handle) : dim];

        public long[] size() => shape;

        public bool allclose(Tensor target, double rtol = 1e-5, double atol = 1e-8, bool equal_nan = false) =>
            s_allclose.CallInteger(this, target, rtol, atol, equal_nan) != 0;

        private static readonly Operator s_allclose = new("aten::allclose");

        internal double Number() => s_item.CallNumber(this);

        internal long Integer() =>
            torch.is_floating_point(dtype) ? (long)s_item.CallNumber(this) : s_item.CallInteger(this);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        internal nint Start() => device_type == DeviceType.CPU
            ? Native.Check(Native.vt_data(Handle))
            : throw new InvalidOperationException($"the numbers are on {device}; bring them here with cpu() first");

        private void CheckType<T>() where T : unmanaged
        {
            if (Memory.TypeOf<T>() != dtype)
                throw new ArgumentException($"a tensor of {dtype} holds no {typeof(T).Name}");
        }
    }
}
