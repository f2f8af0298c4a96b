using Grpo.Runs;
using Vlm;
using Vlm.Adapters;
using Vlm.LatentActions;
using Vlm.Models;

namespace Grpo;

/// <summary>Which model answers, and how: for recipes that ask a folder and train nothing.</summary>
public sealed record AnswerOptions : IRecipeOptions
{
    /// <summary>The folder.</summary>
    [Option("folder of the model, with latent actions or without", Required = true, Example = "recipes/warm-start")]
    public string Model { get; init; } = "";

    /// <summary>Answers with the model's own tokens, even where the folder has latent actions.</summary>
    [Option("answer with the model's own tokens where the folder has codes, which are taken otherwise")]
    public bool Tokens { get; init; }

    /// <summary>A folder as PEFT writes it.</summary>
    [Option("folder of a PEFT adapter to answer with", Example = "runs/mine/adapter")]
    public string? Adapter { get; init; }

    /// <summary>Type of weights and arithmetic; what latent actions add stays in float32.</summary>
    [Option("precision of weights and arithmetic, whatever the files hold")]
    public Precision Dtype { get; init; }

    /// <inheritdoc/>
    public void Validate()
    {
        if (Adapter is not null && !Tokens && LatentCheckpoint.IsAt(Model))
            throw new UsageException(
                "an adapter changes the base, and the codes are those of the base as it was", $"--adapter {Adapter}",
                $"--adapter {Adapter} --tokens");
    }
}

/// <summary>A model that answers: through its codes where it has learned them, else through its tokens.</summary>
/// <param name="Base">The model, or the base of the codes.</param>
/// <param name="Latent">The codes; null where tokens are chosen.</param>
public sealed record AnsweringModel(VlmCheckpoint Base, LatentCheckpoint? Latent)
{
    /// <summary>Loads what the options name.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="say">Told what the user should know, codes among it.</param>
    /// <exception cref="UsageException">The folder or the adapter is incomplete, broken, or does not fit.</exception>
    public static AnsweringModel Load(AnswerOptions options, Action<string> say)
    {
        options.Validate();
        if (!options.Tokens && LatentCheckpoint.IsAt(options.Model))
            return OfCodes(options, say);

        VlmCheckpoint vlm = VlmCheckpoint.Load(options.Model, options.Dtype.ScalarType(), say: say);
        if (options.Adapter is { } adapter)
        {
            LoraAdapter.Load(vlm.Model, adapter, vlm.Canonical, options.Model);
            LoraAdapter.Merge(vlm.Model);
        }
        return new AnsweringModel(vlm, null);
    }

    /// <summary>The policy that is scored: what training moves.</summary>
    public IPolicy Policy() => Latent is null ? Base.Policy() : Latent.Policy();

    /// <summary>
    /// Gives each token of an answer as soon as it is drawn: tokens as the reference generates, which may draw every
    /// row of the output layer, and codes as they were learned, which may not.
    /// </summary>
    public Func<Prompt, Sampling, SampleKey, IEnumerable<int>> Stream() =>
        Latent is null ? Base.Unrestricted().Stream : Latent.Policy().Stream;

    private static AnsweringModel OfCodes(AnswerOptions options, Action<string> say)
    {
        LatentProgress.CheckActs(options.Model, "--tokens, which answers with the base's own");
        LatentCheckpoint latent = LatentCheckpoint.Load(options.Model, options.Dtype.ScalarType(), say: say);
        say($"answers through {latent.Modules.Config.Codes} codes; --tokens takes the base's own tokens");
        return new AnsweringModel(latent.Base, latent);
    }
}
