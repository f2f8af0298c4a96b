using TorchSharp;
using Vlm.LatentActions;
using Vlm.Onnx.Runtime;

namespace Vlm.Grpo;

/// <summary>Which model answers, and how: for recipes that ask a folder and train nothing.</summary>
public sealed record AnswerOptions : IRecipeOptions
{
    /// <summary>The folder.</summary>
    [Option("folder of the model, with latent actions or without, or of exported ONNX graphs",
        Required = true, Example = "recipes/warm-start")]
    public string Model { get; init; } = "";

    /// <summary>Answers with the model's own tokens, even where the folder has latent actions.</summary>
    [Option("answer with the model's own tokens where the folder has codes, which are taken otherwise")]
    public bool Tokens { get; init; }

    /// <summary>What codes are chosen by where nothing is drawn.</summary>
    [Option("what counts where nothing is drawn: the likeliest code, or the likeliest token over all codes that lead to it, "
        + "which asks the world model about the likeliest codes")]
    public GreedyCode Greedy { get; init; }

    /// <summary>A folder as PEFT writes it.</summary>
    [Option("folder of a PEFT adapter to answer with", Example = "runs/mine/adapter")]
    public string? Adapter { get; init; }

    /// <summary>Type of weights and arithmetic; what latent actions add stays in float32.</summary>
    [Option("precision of weights and arithmetic, whatever the files hold")]
    public Precision Dtype { get; init; }

    /// <inheritdoc/>
    public void Validate()
    {
        if (OnnxCheckpoint.IsAt(Model) && (Adapter is not null || Dtype != default))
            throw new UsageException(
                "exported graphs run as they were written, with their adapter and in their precision", $"--model {Model}",
                "without --adapter and --dtype, or the checkpoint that was exported");
        if (Greedy == GreedyCode.MostProbableToken && (Tokens || OnnxCheckpoint.IsAt(Model) || !LatentCheckpoint.IsAt(Model)))
            throw new UsageException(
                "only a checkpoint with latent actions can be asked where its codes lead", "--greedy effect",
                "without --greedy, or --model with a folder that has latent_actions.json");
        if (Adapter is not null && !Tokens && LatentCheckpoint.IsAt(Model))
            throw new UsageException(
                "an adapter changes the base, and the codes are those of the base as it was", $"--adapter {Adapter}",
                $"--adapter {Adapter} --tokens");
    }

    /// <summary>Loads what the options name.</summary>
    /// <param name="device">Where it computes; exported graphs on the processor all the same.</param>
    /// <param name="say">Told what the user should know, codes among it.</param>
    /// <exception cref="UsageException">The folder or the adapter is incomplete, broken, or does not fit.</exception>
    public VisionLanguageModel Load(torch.Device device, Action<string> say)
    {
        Validate();
        bool graphs = OnnxCheckpoint.IsAt(Model);
        if (!graphs && !Tokens && LatentCheckpoint.IsAt(Model))
            LatentProgress.CheckActs(Model, "--tokens, which answers with the base's own");
        var model = VisionLanguageModel.Load(Model, new LoadOptions
        {
            Device = device.ToString(),
            Precision = Dtype,
            Adapter = Adapter,
            Tokens = Tokens,
            Codes = new() { Greedy = Greedy },
        }, new LineLogger(say));
        if (model.Codes is { } codes)
            say($"answers through {codes} codes{(graphs ? "" : "; --tokens takes the base's own tokens")}");
        return model;
    }
}
