using TorchSharp;
using static TorchSharp.torch;

namespace Vlm.Engine;

/// <summary>Computing without gradients.</summary>
internal static class Inference
{
    /// <summary>
    /// Until it is disposed nothing is recorded for gradients; where the device knows it, tensors made meanwhile can never be
    /// part of a gradient either, which spares each of them some bookkeeping. Lazy devices do not know it.
    /// </summary>
    internal static IDisposable On(Device device) =>
        device.type is DeviceType.CPU or DeviceType.CUDA ? inference_mode() : no_grad();
}
