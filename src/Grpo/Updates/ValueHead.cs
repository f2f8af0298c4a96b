using TorchSharp;
using TorchSharp.Modules;
using Vlm.Checkpoints;

namespace Vlm.Grpo;

/// <summary>Predicts a return from the state that an action is chosen from: value = weight · state + bias.</summary>
/// <remarks>
/// It starts at zero, so that the first advantages are the rewards themselves and not noise of a random head. With several outputs
/// they are the logits of a <see cref="CategoricalValue"/>, which start as the uniform distribution, of mean 0.
/// </remarks>
public sealed class ValueHead : IDisposable
{
    private const string FileName = "value_head.safetensors";
    private const string KindsNote = "kinds";
    private readonly Parameter _weight, _bias;
    private readonly TaskEmbedding? _tasks;

    /// <param name="width">Numbers in a state, D.</param>
    /// <param name="device">Where the policy is.</param>
    /// <param name="type">In single precision whatever the policy is: its steps are too small for half.</param>
    /// <param name="outputs">1 for a return, more for the bins of one.</param>
    /// <param name="tasks">Is read beside the state, and belongs to the head; null for none.</param>
    public ValueHead(
        long width, torch.Device device, torch.ScalarType type = torch.ScalarType.Float32, int outputs = 1, TaskEmbedding? tasks = null)
    {
        _tasks = tasks;
        _weight = new(torch.zeros([outputs, width + (tasks?.Width ?? 0)], dtype: type, device: device).DetachFromDisposeScope());
        _bias = new(torch.zeros([outputs], dtype: type, device: device).DetachFromDisposeScope());
    }

    /// <summary>
    /// Its parameters under their checkpoint names: [K, D] and [K], K = 1 for a return; with an embedding of tasks [K, D + E] and [K], and
    /// the embedding's [N, E].
    /// </summary>
    public IReadOnlyList<(string Name, Parameter Value)> Parameters =>
    [
        ("value_head.weight", _weight), ("value_head.bias", _bias),
        .. _tasks is null ? Array.Empty<(string, Parameter)>() : [(TaskEmbedding.Name, _tasks.Weight)],
    ];

    /// <summary>Writes them into <c>value_head.safetensors</c> of a checkpoint's folder.</summary>
    /// <param name="folder">An existing folder.</param>
    public void Write(string folder) => SafetensorsWriter.Write(
        Path.Combine(folder, FileName), Parameters.Select(item => (item.Name, (torch.Tensor)item.Value)),
        _tasks is null ? null : new Dictionary<string, string> { [KindsNote] = _tasks.Note });

    /// <summary>Takes them from a checkpoint's folder.</summary>
    /// <param name="folder">As <see cref="Write"/> left it.</param>
    /// <exception cref="UsageException">The file is missing or damaged, of another width, or of other kinds of question.</exception>
    public void Read(string folder)
    {
        string path = Path.Combine(folder, FileName);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (_tasks is { } tasks && file.Metadata.GetValueOrDefault(KindsNote) is var kinds && kinds != tasks.Note)
            throw new UsageException($"the critic embeds the kinds {tasks.Note}, and the file those of {kinds ?? "none"}", path,
                "resume with the data and the CriticTaskEmbedding that the run began with");
        StoredState.Read(file, path, Parameters.Select(item => (item.Name, (torch.Tensor)item.Value)), "the critic");
    }

    /// <summary>[.., D] states to [..] predicted returns, or to [.., K] logits of their bins.</summary>
    /// <exception cref="ArgumentException">The head reads tasks beside states.</exception>
    public torch.Tensor Forward(torch.Tensor states) => _tasks is null ? Outputs(states.to(_weight.dtype))
        : throw new ArgumentException("a head with an embedding of tasks needs the rollouts", nameof(states));

    /// <summary>The same for states of rollouts, whose kinds are read where the head has an embedding of tasks.</summary>
    /// <param name="states">[B, T, D]</param>
    /// <param name="rollouts">B rollouts.</param>
    public torch.Tensor Forward(torch.Tensor states, IReadOnlyList<Rollout> rollouts)
    {
        if (_tasks is null)
            return Forward(states);
        torch.Tensor of = _tasks.Of(rollouts).unsqueeze(1).expand(states.shape[0], states.shape[1], _tasks.Width);   // [B, T, E]
        return Outputs(torch.cat([states.to(_weight.dtype), of.to(_weight.dtype)], -1));
    }

    private torch.Tensor Outputs(torch.Tensor inputs)
    {
        torch.Tensor outputs = torch.nn.functional.linear(inputs, _weight, _bias);             // [.., K]
        return outputs.shape[^1] == 1 ? outputs.squeeze(-1) : outputs;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _tasks?.Dispose();
        _weight.Dispose();
        _bias.Dispose();
    }
}
