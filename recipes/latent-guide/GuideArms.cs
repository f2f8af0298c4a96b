using Vlm;
using Vlm.Datasets;
using Vlm.Grpo;
using Vlm.LatentActions;
using Vlm.Models;

/// <summary>Pictures to tell a listener about, as a model's prompts.</summary>
/// <param name="processor">Makes prompts.</param>
/// <param name="dial">Words that mean the same: 1, 4 or 16.</param>
sealed class GuideQuestions(IPromptProcessor processor, int dial) : IQuestions
{
    /// <inheritdoc/>
    public string Kinds => string.Join(' ', GuideRoles.Reinforced);

    /// <inheritdoc/>
    public Prompt Ask(Split split, long seed, long index) => processor.Prompt(Guide.Example(seed, split, index, GuideRoles.Reinforced, dial));

    /// <summary>A prompt and its reference answer as one sequence, and how many of its tokens are the answer; all eight roles in turn.</summary>
    internal (Prompt Sequence, int Answer) Told(Split split, long seed, long index)
    {
        Example example = Guide.Example(seed, split, index, dial: dial);
        Prompt prompt = processor.Prompt(example);
        int[] answer = processor.Completion(example.Answer);
        return (prompt with { Tokens = [.. prompt.Tokens, .. answer] }, answer.Length);
    }
}

/// <summary>A policy over fixed classes of tokens learns what the base says, before it is reinforced.</summary>
/// <param name="Name">Unique in the run.</param>
/// <param name="Steps">How many steps it takes.</param>
/// <param name="Classes">The class of each token.</param>
/// <param name="Config">Its codes.</param>
sealed record ClassesPhase(string Name, int Steps, int[] Classes, LatentConfig Config) : Phase(Name, PhaseRunner.Start, Steps);

/// <summary>The arms of latent-guide: tokens, and codes that are the oracle's or mean nothing.</summary>
/// <param name="steps">Steps of reinforcement.</param>
/// <param name="cloningSteps">Steps of a policy over codes before.</param>
/// <param name="vlm">The base.</param>
/// <param name="seed">Of codes that mean nothing.</param>
sealed class GuideArms(int steps, int cloningSteps, VlmCheckpoint vlm, long seed)
{
    /// <summary>Their names, in the order in which help tells them.</summary>
    internal static readonly string[] Names = ["token", "t-last", "t-lora", "c-concept", "c-open", "c-random"];

    private readonly List<Phase> _phases = [];

    /// <summary>The phases of some arms: what each clones first, and its reinforcement.</summary>
    internal IReadOnlyList<Phase> Phases(IReadOnlyList<string> names)
    {
        foreach (string name in names)
        {
            (string from, Arm arm) = Of(name);
            _phases.Add(new ReinforcePhase(name, from, steps, RlMethod.Grpo) { Arm = arm });
        }
        return _phases;
    }

    /// <summary>Throws where there is no such arm, or one twice.</summary>
    /// <exception cref="UsageException">There is.</exception>
    internal static void Check(IReadOnlyList<string> names)
    {
        foreach ((int i, string name) in names.Index())
            if (!Names.Contains(name) || names.Take(i).Contains(name))
                throw new UsageException(Names.Contains(name) ? $"the arm {name} is named twice" : $"there is no arm '{name}'",
                    $"--arms {string.Join(' ', names)}", $"--arms {string.Join(' ', Names)}");
    }

    /// <summary>Throws where a base's tokens are not the words of a dial: codes would not be what they are said to be.</summary>
    /// <exception cref="UsageException">They are not.</exception>
    internal static void CheckWords(VlmCheckpoint vlm, int dial, string folder)
    {
        int words = Concepts(vlm).Count(one => one < GuideLexicon.Concepts);
        if (words != GuideLexicon.Words(dial).Count())
            throw new UsageException($"{words} of its tokens are words of the task, and at dial {dial} there are {GuideLexicon.Words(dial).Count()}",
                folder, $"./vlm guide-base --dial {dial} makes a base");
    }

    // The vision tower and the connector learn in no arm.
    private (string From, Arm Arm) Of(string name) => name switch
    {
        "token" => (PhaseRunner.Start, new() { Trains = new() { Layers = 1, Vision = false } }),
        "t-last" => (PhaseRunner.Start, new() { Trains = new() { Layers = 1.0 / vlm.Model.Layers, Vision = false } }),
        "t-lora" => (PhaseRunner.Start, new() { LoraRank = 8 }),
        "c-concept" => (Cloned("concepts", classes => classes), new()),
        "c-open" => (Cloned("concepts", classes => classes), new() { Opens = Opened.Text }),
        _ => (Cloned("random classes", classes => TokenClasses.Hashed(classes.Length, classes.Max() + 1, seed)), new()),
    };

    private static int[] Concepts(VlmCheckpoint vlm) => GuideLexicon.Classes(vlm.Model.VocabSize, id => vlm.Processor.Tokenizer.Decode([id]));

    // As many codes as there are concepts, whether a hash reaches the last of them or not.
    private string Cloned(string name, Func<int[], int[]> classesOf)
    {
        int[] concepts = Concepts(vlm), classes = classesOf(concepts);
        var config = new LatentConfig
        {
            Codes = concepts.Max() + 1, World = WorldForm.Classes, Policy = PolicyForm.Branch, PolicyLayers = 1,
        };
        if (!_phases.Any(phase => phase.Name == name))
            _phases.Add(new ClassesPhase(name, cloningSteps, classes, config));
        return name;
    }
}
