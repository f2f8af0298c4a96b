using TorchSharp;
using Vlm.Checkpoints;

namespace Vlm.Grpo;

/// <summary>Running mean and variance of the features of each modality, over a run; a checkpoint keeps them. For one thread.</summary>
/// <remarks>They start at mean 0 and variance 1, as those of batch normalisation (Ioffe and Szegedy 2015, arXiv:1502.03167).</remarks>
public sealed class FeatureMoments : IDisposable
{
    private const string FileName = "modality_moments.safetensors";

    /// <param name="width">Numbers in a feature, D.</param>
    /// <param name="device">Where the policy is.</param>
    /// <param name="type">In single precision whatever the policy is.</param>
    public FeatureMoments(long width, torch.Device device, torch.ScalarType type = torch.ScalarType.Float32)
    {
        Mean = torch.zeros([PromptStates.Modalities, width], dtype: type, device: device).DetachFromDisposeScope();
        Variance = torch.ones([PromptStates.Modalities, width], dtype: type, device: device).DetachFromDisposeScope();
    }

    /// <summary>[M, D]</summary>
    public torch.Tensor Mean { get; }

    /// <summary>[M, D]</summary>
    public torch.Tensor Variance { get; }

    private IEnumerable<(string Name, torch.Tensor Value)> Tensors => [("mean", Mean), ("variance", Variance)];

    /// <summary>Adds prompts one after the other.</summary>
    /// <param name="features">[T, M, D]</param>
    /// <param name="present">[T, M] 1 where a prompt has the modality, else 0.</param>
    /// <param name="momentum">Share of a prompt.</param>
    public void Add(torch.Tensor features, torch.Tensor present, double momentum)
    {
        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        (torch.Tensor mean, torch.Tensor variance) = (Mean, Variance);
        for (long t = 0; t < features.shape[0]; t++)
            (mean, variance) = FeatureImportance.Next(
                mean, variance, features.select(0, t).to(Mean.dtype), present.select(0, t).to(Mean.dtype), momentum);
        _ = Mean.copy_(mean);
        _ = Variance.copy_(variance);
    }

    /// <summary>Writes them into a checkpoint's folder.</summary>
    /// <param name="folder">An existing folder.</param>
    public void Write(string folder) => SafetensorsWriter.Write(Path.Combine(folder, FileName), Tensors);

    /// <summary>Takes them from a checkpoint's folder.</summary>
    /// <param name="folder">As <see cref="Write"/> left it.</param>
    /// <exception cref="UsageException">The file is missing or damaged, or of another width.</exception>
    public void Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        StoredState.Read(file, path, Tensors, "the alignment");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Mean.Dispose();
        Variance.Dispose();
    }
}
