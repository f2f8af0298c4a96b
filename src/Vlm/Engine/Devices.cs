using System.Globalization;
using TorchSharp;

namespace Vlm.Engine;

/// <summary>Where models compute, by the names people type: <c>auto</c>, <c>cpu</c>, <c>cuda</c>, <c>cuda:1</c>.</summary>
public static class Devices
{
    /// <summary>The first CUDA device, or the processor where there is none.</summary>
    public const string AutoName = "auto";

    private const string Cuda = "cuda";

    /// <summary>The device of a name.</summary>
    /// <param name="name">auto, cpu, cuda or cuda:N, N from 0.</param>
    /// <exception cref="UsageException">The name means nothing, there is no such device, or libtorch cannot be used.</exception>
    public static torch.Device Choose(string name = AutoName)
    {
        NativeLibraries.Require();
        return name switch
        {
            "cpu" => torch.CPU,
            AutoName => CudaCount() > 0 ? Checked(new torch.Device(DeviceType.CUDA, 0)) : torch.CPU,
            _ => Checked(OfCuda(name, Index(name), CudaCount())),
        };
    }

    /// <summary>What a device is called and how much memory it has: "cuda:0 (NVIDIA H100, 79.6 GiB)".</summary>
    /// <param name="device">From <see cref="Choose"/>.</param>
    /// <param name="processor">What the processor is called.</param>
    public static string Describe(torch.Device device, string processor)
    {
        (string name, long bytes) = device.type == DeviceType.CUDA
            ? CudaDriver.Facts(device.index) ?? ("unknown GPU", 0)
            : (string.Create(CultureInfo.InvariantCulture, $"{processor}, {EngineInfo.Threads} threads"),
                GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        return string.Create(CultureInfo.InvariantCulture, $"{device} ({name}, {bytes / (double)(1L << 30):F1} GiB)");
    }

    /// <summary>
    /// Bytes that are taken of a GPU's memory, by this process or another; null elsewhere. libtorch keeps what it once took.
    /// </summary>
    /// <param name="device">What this thread computes on.</param>
    public static long? MemoryInUse(torch.Device device) => device.type == DeviceType.CUDA ? CudaDriver.InUse() : null;

    /// <summary>CUDA devices that this libtorch can use.</summary>
    public static int CudaCount() => torch.cuda.is_available() ? torch.cuda.device_count() : 0;

    /// <summary>The device of a CUDA name, where there are so many.</summary>
    internal static torch.Device OfCuda(string name, int index, int count) =>
        index < 0 ? throw new UsageException($"there is no device \"{name}\"", $"Device = {name}",
            "Device = auto, cpu, cuda or cuda:N, N from 0")
        : count == 0 ? throw new UsageException(
            "no CUDA device can be used: there is none, its driver is missing, or this libtorch is the CPU's", $"Device = {name}",
            $"Device = cpu; or build with -p:Torch=cuda, or set {NativeLibraries.Variable} to a libtorch with CUDA")
        : index >= count ? throw new UsageException(string.Create(CultureInfo.InvariantCulture,
            $"there is no CUDA device {index}: this machine has {count}, numbered from 0"), $"Device = {name}",
            string.Create(CultureInfo.InvariantCulture, $"Device = cuda:{count - 1}"))
        : new torch.Device(DeviceType.CUDA, index);

    private static torch.Device Checked(torch.Device device)
    {
        SelfCheck.Run(NativeLibraries.Folder, device);
        return device;
    }

    // -1 where the name is none of CUDA's.
    private static int Index(string name) =>
        name == Cuda ? 0
        : name.StartsWith(Cuda + ":", StringComparison.Ordinal) && int.TryParse(
            name.AsSpan(Cuda.Length + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? index : -1;
}
