using Vlm.Engine;

namespace TorchSharp;

/// <summary>Where a tensor's memory is.</summary>
public enum DeviceType
{
    CPU = 0,
    CUDA = 1,
    MKLDNN = 2,
    OPENGL = 3,
    OPENCL = 4,
    IDEEP = 5,
    HIP = 6,
    FPGA = 7,
    MSNPU = 8,
    XLA = 9,
    MPS = 13,
    META = 14,
}

/// <summary>A number for an operator that takes a number of any type.</summary>
public sealed class Scalar : IDisposable
{
    private readonly double _number;
    private readonly long _integer;

    private Scalar(torch.ScalarType type, double number, long integer) =>
        (Type, _number, _integer) = (type, number, integer);

    /// <summary>The type the number was given in.</summary>
    public torch.ScalarType Type { get; }

    public static implicit operator Scalar(byte value) => new(torch.ScalarType.Byte, value, value);

    public static implicit operator Scalar(sbyte value) => new(torch.ScalarType.Int8, value, value);

    public static implicit operator Scalar(short value) => new(torch.ScalarType.Int16, value, value);

    public static implicit operator Scalar(int value) => new(torch.ScalarType.Int32, value, value);

    public static implicit operator Scalar(long value) => new(torch.ScalarType.Int64, value, value);

    public static implicit operator Scalar(Half value) => new(torch.ScalarType.Float16, (double)value, 0);

    public static implicit operator Scalar(float value) => new(torch.ScalarType.Float32, value, 0);

    public static implicit operator Scalar(double value) => new(torch.ScalarType.Float64, value, 0);

    public static implicit operator Scalar(bool value) => new(torch.ScalarType.Bool, value ? 1 : 0, value ? 1 : 0);

    /// <summary>Nothing native is held; kept because TorchSharp's scalars are disposable.</summary>
    public void Dispose()
    {
    }

    internal Argument ToArgument() => Type switch
    {
        torch.ScalarType.Bool => _integer != 0,
        torch.ScalarType.Float16 or torch.ScalarType.Float32 or torch.ScalarType.Float64 => _number,
        _ => _integer,
    };
}

public static partial class torch
{
    /// <summary>Element types, numbered as libtorch numbers them.</summary>
    public enum ScalarType : sbyte
    {
        Byte = 0,
        Int8 = 1,
        Int16 = 2,
        Int32 = 3,
        Int64 = 4,
        Float16 = 5,
        Float32 = 6,
        Float64 = 7,
        ComplexFloat32 = 9,
        ComplexFloat64 = 10,
        Bool = 11,
        QInt8 = 12,
        QUInt8 = 13,
        QInt32 = 14,
        BFloat16 = 15,
    }

    /// <summary>A device: a kind and, where there are several, a number.</summary>
    public class Device
    {
        public Device(DeviceType deviceType, int index = -1) => (type, this.index) = (deviceType, index);

        public Device(string deviceType, int index = -1) : this(Parse(deviceType).type, index)
        {
        }

        public Device(string description) => (type, index) = Parse(description);

        public Device(int index) : this(DeviceType.CUDA, index)
        {
        }

        public DeviceType type { get; }

        /// <summary>-1 is the current one of its kind.</summary>
        public int index { get; }

        internal long Packed => (long)type << 8 | (long)(index & 0xff);

        internal static Device Unpack(int packed) =>
            new((DeviceType)(packed >> 8), (packed & 0xff) == 0xff ? -1 : packed & 0xff);

        public static implicit operator Device(string description) => new(description);

        public override string ToString()
        {
            string name = type.ToString().ToLowerInvariant();
            return type == DeviceType.CPU || index < 0 ? name : $"{name}:{index}";
        }

        private static (DeviceType type, int index) Parse(string description)
        {
            string[] parts = description.Split(':');
            return Enum.TryParse(parts[0], ignoreCase: true, out DeviceType type)
                ? (type, parts.Length > 1 ? int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture) : -1)
                : throw new ArgumentException($"'{description}' names no device", nameof(description));
        }
    }

    /// <summary>A source of random numbers for operators.</summary>
    public class Generator : IDisposable
    {
        private nint _handle;

        public Generator(ulong seed = 0, Device? device = null)
        {
            this.device = device ?? new Device(DeviceType.CPU);
            _handle = Native.Check(Native.vt_generator_new((long)seed, this.device.Packed));
        }

        private Generator(nint handle, Device device) => (_handle, this.device) = (handle, device);

        ~Generator() => Dispose(false);

        /// <summary>The one operators use when they are given none.</summary>
        public static Generator Default { get; } =
            new(Native.Check(Native.vt_generator_default(0xff)), new Device(DeviceType.CPU));

        public nint Handle => _handle != 0 ? _handle : throw new ObjectDisposedException(nameof(Generator));

        public Device device { get; }

        public long initial_seed() => Native.vt_generator_initial_seed(Handle);

        public Generator manual_seed(long seed)
        {
            _ = Native.Check(Native.vt_generator_seed(Handle, seed));
            return this;
        }

        public Tensor get_state() => new(Native.Check(Native.vt_generator_state(Handle)));

        public void set_state(Tensor value) => _ = Native.Check(Native.vt_generator_set_state(Handle, value.Handle));

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            nint handle = Interlocked.Exchange(ref _handle, 0);
            if (handle != 0)
                Native.vt_generator_free(handle);
        }
    }
}
