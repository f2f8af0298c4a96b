using static TorchSharp.torch;

namespace Vlm.Engine;

/// <summary>Asks a libtorch that was just loaded a few questions with known answers.</summary>
/// <remarks>
/// TorchSharp's library reads tensors' fields where libtorch 2.10 has them. Newer versions load, answer their version, and
/// are then read in the wrong places: wrong types, wrong sizes, wrong sums.
/// </remarks>
internal static class SelfCheck
{
    /// <exception cref="UsageException">An answer is wrong.</exception>
    internal static void Run(string folder)
    {
        if (Wrong(CPU) is { } answer)
            throw new UsageException(
                $"this libtorch does not have the layout of {TorchFiles.Version}: {answer}", folder,
                $"set {NativeLibraries.Variable} to a libtorch {TorchFiles.Version}, or unset it to use the package's");
    }

    /// <summary>The same on a GPU, where kernels for it may be missing.</summary>
    /// <exception cref="UsageException">An answer is wrong.</exception>
    internal static void Run(string folder, Device device)
    {
        if (Wrong(device) is { } answer)
            throw new UsageException($"this libtorch does not compute on {device}: {answer}", folder,
                $"Device = cpu; or set {NativeLibraries.Variable} to a libtorch {TorchFiles.Version} that knows this GPU and its driver");
    }

    // The first wrong answer, or null.
    private static string? Wrong(Device device)
    {
        try
        {
            return Answers(device).Where(item => item.Answer != item.Right)
                .Select(item => $"{item.Question} is {item.Answer}, not {item.Right}").FirstOrDefault();
        }
        catch (Exception error) when (error is not UsageException)
        {
            return "a first tensor failed with " + error.Message.Split('\n', 2)[0];
        }
    }

    private static IEnumerable<(string Question, string Answer, string Right)> Answers(Device device)
    {
        using TorchSharp.DisposeScope scope = NewDisposeScope();
        Tensor ones = TorchSharp.torch.ones(2, 3, device: device);
        yield return ("the type of ones(2, 3)", ones.dtype.ToString(), nameof(ScalarType.Float32));
        yield return ("its shape", string.Join('x', ones.shape), "2x3");
        yield return ("its count", Say(ones.numel()), "6");
        yield return ("its sum", Say(ones.sum().item<float>()), "6");
        yield return ("the sum of ones + 2 ones", Say((ones + ones * 2).sum().item<float>()), "18");
        yield return ("its product with itself", Say(ones.mm(ones.t()).sum().item<float>()), "12");

        Tensor x = tensor([1f, 2f, 4f], device: device, requires_grad: true);
        x.square().sum().backward();
        yield return ("the gradient of x^2 at 1, 2, 4", string.Join(' ', x.grad!.cpu().data<float>().ToArray().Select(Say)), "2 4 8");
        yield return ("its place", x.device.type.ToString(), device.type.ToString());
    }

    private static string Say<T>(T value) where T : IFormattable =>
        value.ToString(null, System.Globalization.CultureInfo.InvariantCulture);
}
