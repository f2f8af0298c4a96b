using TorchSharp;
using static TorchSharp.torch;

namespace Vlm.Engine;

/// <summary>Tensors that C# filled, on their way to the device that needs them.</summary>
internal static class HostCopy
{
    /// <summary>
    /// The tensor on a device; on another than the processor the one given is freed. To a GPU it goes through pinned memory, so
    /// that the copy runs beside what the processor and the GPU do meanwhile; what uses it there waits for it.
    /// </summary>
    /// <param name="host">On the processor, used nowhere else.</param>
    /// <param name="device">Where it is needed.</param>
    internal static Tensor On(this Tensor host, Device device)
    {
        if (device.type == DeviceType.CPU)
            return host;

        using (host)
        {
            if (device.type != DeviceType.CUDA)
                return host.to(device);
            using Tensor pinned = host.pin_memory();
            return pinned.to(device, non_blocking: true);
        }
    }
}
