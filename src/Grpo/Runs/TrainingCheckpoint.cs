using System.Security.Cryptography;
using System.Text.Json;
using TorchSharp;
using TorchSharp.Modules;
using Vlm.Checkpoints;
using Vlm.Engine;

namespace Vlm.Grpo;

/// <summary>
/// Where a run stands, beside its weights. There is no random state: streams are named by step and prompt.
/// </summary>
/// <param name="Step">Updates done.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Counters">Positions of samplers and curricula, by name.</param>
/// <param name="Options">
/// A fingerprint of the options it ran with, from <see cref="TrainingCheckpoint.Fingerprint"/>.
/// </param>
public sealed record TrainingState(long Step, long Seed, IReadOnlyDictionary<string, long> Counters, string Options)
{
    /// <summary>Where a run stands that has no sampler but its step.</summary>
    public static TrainingState At<TOptions>(long step, long seed, TOptions options) where TOptions : notnull =>
        new(step, seed, new Dictionary<string, long>(), TrainingCheckpoint.Fingerprint(options));
}

/// <summary>
/// What a resumed run needs to continue bit by bit: the model's folder, the optimizer's moments, the state.
/// </summary>
/// <remarks>
/// <c>optimizer.safetensors</c> holds <c>NAME.exp_avg</c>, <c>NAME.exp_avg_sq</c> and <c>NAME.step</c> for each
/// trainable parameter, <c>state.json</c> the <see cref="TrainingState"/>. Weights of half precision go on from their float32
/// masters: the model's own files hold those. The folder is complete or absent.
/// </remarks>
public static class TrainingCheckpoint
{
    private const string StateFile = "state.json", OptimizerFile = "optimizer.safetensors";
    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Writes a checkpoint folder in one step.</summary>
    /// <param name="folder">Where it shall be; replaced where it exists.</param>
    /// <param name="state">Where the run stands.</param>
    /// <param name="policy">Names the parameters.</param>
    /// <param name="optimizer">Over the policy's trainable parameters.</param>
    /// <param name="saveModel">
    /// Writes the model's files into the folder it is given: weights of half precision from <see cref="FusedAdamW.Exact"/>.
    /// </param>
    public static void Save(
        string folder, TrainingState state, IPolicy policy, FusedAdamW optimizer, Action<string> saveModel) =>
        CompleteFolder.Write(folder, inner => Fill(inner, state, policy, optimizer, saveModel));

    /// <summary>
    /// Writes the files into a folder that exists, for callers that make it whole themselves, as a run does.
    /// </summary>
    /// <inheritdoc cref="Save"/>
    public static void Fill(
        string folder, TrainingState state, IPolicy policy, FusedAdamW optimizer, Action<string> saveModel) =>
        Fill(folder, state, policy.Trainable, optimizer, saveModel);

    /// <summary>The same for what is no policy yet.</summary>
    /// <param name="folder">An existing folder.</param>
    /// <param name="state">Where the run stands.</param>
    /// <param name="trainable">Names the parameters.</param>
    /// <param name="optimizer">Over these parameters.</param>
    /// <param name="saveModel">Writes the model's files into the folder it is given.</param>
    public static void Fill(
        string folder, TrainingState state, IReadOnlyList<(string Name, Parameter Value)> trainable, FusedAdamW optimizer,
        Action<string> saveModel)
    {
        saveModel(folder);
        using (torch.NewDisposeScope())
            SafetensorsWriter.Write(Path.Combine(folder, OptimizerFile), trainable.SelectMany(one => Tensors(one.Name, optimizer[one.Value])));
        File.WriteAllText(Path.Combine(folder, StateFile), JsonSerializer.Serialize(state, s_json) + "\n");
    }

    /// <summary>
    /// Reads the state and puts the optimizer's moments in place. The caller has loaded the model already.
    /// </summary>
    /// <exception cref="UsageException">A file is missing or damaged, or belongs to another model.</exception>
    public static TrainingState Load(string folder, IPolicy policy, FusedAdamW optimizer) =>
        Load(folder, policy.Trainable, optimizer);

    /// <inheritdoc cref="Load(string, IPolicy, FusedAdamW)"/>
    public static TrainingState Load(
        string folder, IReadOnlyList<(string Name, Parameter Value)> trainable, FusedAdamW optimizer)
    {
        TrainingState state = ReadState(Path.Combine(folder, StateFile));
        string path = Path.Combine(folder, OptimizerFile);
        using SafetensorsFile file = SafetensorsFile.Open(path);
        if (file.Entries.Count != trainable.Sum(one => Tensors(one.Name, optimizer[one.Value]).Count()))
            throw OfAnotherModel(
                path, $"it holds {file.Entries.Count} tensors, which are not those of {trainable.Count} parameters");

        using DisposeScope scope = torch.NewDisposeScope();
        using IDisposable constant = torch.no_grad();
        foreach ((string name, Parameter value) in trainable)
            Restore(file, path, name, optimizer[value]);
        if (Masters.Read(folder, trainable, optimizer) is [string first, ..])
            throw OfAnotherModel(folder, $"the weights that '{first}' was loaded from are not in this folder");
        return state;
    }

    /// <summary>A short hash of a record's values: equal options, equal fingerprint.</summary>
    public static string Fingerprint<T>(T options) where T : notnull =>
        Convert.ToHexStringLower(
            SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(options, options.GetType())))[..16];

    // Under PyTorch's names of an AdamW's state.
    private static IEnumerable<(string Name, torch.Tensor Value)> Tensors(string name, AdamMoments moments)
    {
        yield return (name + ".step", moments.Step);
        yield return (name + ".exp_avg", moments.Mean);
        yield return (name + ".exp_avg_sq", moments.Square);
    }

    private static void Restore(SafetensorsFile file, string path, string name, AdamMoments moments)
    {
        foreach ((string key, torch.Tensor value) in Tensors(name, moments))
            if (!file.Entries.TryGetValue(key, out SafetensorsEntry? entry) || !entry.Shape.SequenceEqual(value.shape))
                throw OfAnotherModel(path, entry is null
                    ? $"it has no '{key}'"
                    : $"'{key}' is [{string.Join(", ", entry.Shape)}] and the model needs "
                      + $"[{string.Join(", ", value.shape)}]");
            else
                _ = value.copy_(file.Load(key, value.device));
    }

    private static TrainingState ReadState(string path)
    {
        try
        {
            return JsonSerializer.Deserialize<TrainingState>(File.ReadAllText(path), s_json)
                ?? throw new JsonException("it is empty");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new UsageException(
                $"cannot resume from this checkpoint: {error.Message}", path,
                "resume from an earlier checkpoint of the run");
        }
    }

    private static UsageException OfAnotherModel(string path, string why) => new(
        $"the optimizer's state belongs to another model: {why}", path,
        "resume with the model and options that the run began with");
}
