using System.ComponentModel;
using Recipes.Cli;
using TorchSharp;
using Vlm;
using Vlm.Grpo;
using Vlm.Lora;

namespace Cli.Tests;

/// <summary>Records of the libraries on a command line.</summary>
public sealed class LibraryOptionsTests : IDisposable
{
    private readonly TestRecipe _recipe = new();

    public void Dispose() => _recipe.Dispose();

    [Fact]
    public void Filters_of_the_command_line_reach_the_sampler()
    {
        Derived seen = Seen<Derived>("--temperature 0.7 --top-k 20 --top-p 0.8 --min-p 0.05 --max-new-tokens 9");

        Assert.Equal(new Sampling { MaxNewTokens = 9, Temperature = 0.7, TopK = 20, TopP = 0.8, MinP = 0.05 }, seen.Sampling);
    }

    [Fact]
    public void A_recipe_that_derives_from_them_gets_them_on_its_command_line()
    {
        Derived seen = Seen<Derived>("--group-size 6 --loss-aggregation seq-mean-token-mean --own 3 --learning-rate 0.5");

        Assert.Equal(
            (6, Aggregation.SeqMeanTokenMean, 3, 0.5), (seen.GroupSize, seen.LossAggregation, seen.Own, seen.LearningRate));
    }

    // Its own default for the length of completions stands where nothing is typed.
    [Fact]
    public void A_recipe_may_set_a_default_of_its_own()
    {
        Assert.Equal(20, Seen<Derived>("").Sampling.MaxNewTokens);
        Assert.Equal(1, new GrpoOptions().Sampling.Temperature);
    }

    [Fact]
    public void A_recipe_that_holds_them_gets_them_on_its_command_line()
    {
        Holding seen = Seen<Holding>("--ppo-epochs 3 --truncation bootstrap --group-size 6");

        Assert.Equal((3, Truncation.Bootstrap, 6), (seen.Ppo.PpoEpochs, seen.Ppo.Truncation, seen.GroupSize));
    }

    [Fact]
    public void A_record_within_the_options_brings_its_own()
    {
        OptionSpec[] specs = OptionSpec.Of(new Holding());
        Holding options = Seen<Holding>(
            "--dtype bfloat16 --freeze vision,connector --lora-rank 4 --lora-targets q_proj v_proj --max-shard-size 500MB --steps 3");

        Assert.Equal("--before", specs[0].Name);
        Assert.Equal("--dtype", specs[1].Name);
        Assert.Equal(1, specs.Count(spec => spec.Name == "--steps"));
        Assert.Equal(3, options.Steps);
        Assert.Equal(torch.ScalarType.BFloat16, options.Weights.ScalarType);
        Assert.Equal([ModelPart.Vision, ModelPart.Connector], options.Weights.Frozen);
        Assert.Equal(500_000_000, options.Weights.MaxShardBytes);
        LoraConfig config = options.Weights.Lora("models/a");
        Assert.Equal((4, 16.0, "models/a"), (config.Rank, config.Alpha, config.BaseModel));
        Assert.Equal(["q_proj", "v_proj"], Assert.IsType<ModulePattern.Names>(config.Targets).Endings);
        Assert.Equal(0, new Holding().Weights.LoraRank);
    }

    // What the library says of a property is said of its flag.
    [Theory]
    [InlineData("--learning-rate 0", "--learning-rate must be > 0 and <= 1, got 0|--learning-rate 0|--learning-rate 1e-05")]
    [InlineData("--top-p 1.5", "--top-p must be >= 0 and <= 1, got 1.5|--top-p 1.5|--top-p 1")]
    [InlineData("--group-size 1", "--group-size must be >= 2, got 1|--group-size 1|--group-size 8")]
    [InlineData("--steps 20 --warmup-steps 20", "--warmup-steps must be < --steps (20), got 20|--warmup-steps 20|--warmup-steps 2")]
    [InlineData("--dual-clip 1.25", "--dual-clip must be > 1 + --epsilon-high (1.28), or 0, got 1.25|--dual-clip 1.25|--dual-clip 3")]
    [InlineData("--merge-adapter", "--merge-adapter must be false without an --adapter to merge, got true|--merge-adapter|"
        + "--merge-adapter false")]
    [InlineData("--adapter runs/Model/a --lora-rank 4",
        "--lora-rank must be 0 with an --adapter to train, unless --merge-adapter, got 4|--lora-rank 4|--lora-rank 0")]
    [InlineData("--freeze ears", "\"ears\" is no part of a model; the parts are vision, connector, text|--freeze ears|--freeze text")]
    [InlineData("--max-shard-size apples",
        "\"apples\" is no size: write a number and B, KB, MB, GB or TB (KiB, MiB ... for powers of 1024)|--max-shard-size apples|"
        + "--max-shard-size 5GB")]
    [InlineData("--lora-rank 1 --lora-targets (q", null)]
    [InlineData("--warmup 3", "grpo-shapes has no option --warmup|--warmup|--warmup-steps 0")]
    [InlineData("--clip-low=0.1", "grpo-shapes has no option --clip-low|--clip-low=0.1|--epsilon 0.2")]
    [InlineData("--smoke --warmup 3", "grpo-shapes has no option --warmup|--warmup|--warmup-steps 0")]
    [InlineData("--device gpu", "there is no device \"gpu\"|--device gpu|--device auto, cpu, cuda or cuda:N, N from 0")]
    public void A_mistake_names_flags(string typed, string? expected)
    {
        int code = _recipe.RunAs<Holding>([.. typed.Split(' '), "--out", _recipe.Folder], _ => Assert.Fail("the recipe ran"));

        Assert.Equal(2, code);
        if (expected?.Split('|') is [var problem, var where, var fix])
            Assert.Equal($"error: {problem}\n   at: {where}\n  try: {fix}\n", _recipe.Error);
        else
            Assert.Contains("at: --lora-targets (q\n", _recipe.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_called_otherwise_is_an_option_today()
    {
        Assert.Subset(OptionSpec.Of(new Holding()).Select(spec => spec.Name).ToHashSet(), FormerNames.Today.ToHashSet());
        Assert.Equal(("--beta", "--seed"), (FormerNames.Now("--kl-weight"), FormerNames.Now("--seed")));
    }

    // --save-dtype has no default to offer where no name is near.
    [Fact]
    public void A_value_that_is_near_none_leads_to_the_example()
    {
        OptionSpec option = OptionSpec.Of(new Holding()).Single(spec => spec.Name == "--save-dtype");

        Assert.Equal("--save-dtype bfloat16", Assert.Throws<UsageException>(() => option.Read(["pixels"])).Fix);
    }

    // A path may hold a word that an option is called.
    [Fact]
    public void A_path_stays_as_it_is()
    {
        var flags = new FlagText(OptionSpec.Of(new Holding()));

        Assert.Equal("--adapter runs/Adapter/Freeze = x", flags.Settings("Adapter = runs/Adapter/Freeze = x"));
        Assert.Equal("--merge-adapter, or --lora-rank 0", flags.Settings("MergeAdapter = true, or LoraRank = 0"));
        UsageException said = flags.Of(new OptionException("Steps of /a/Steps/b, of Steps.cs", "Steps", 3, "Steps = 4"));
        Assert.Equal(("--steps of /a/Steps/b, of Steps.cs", "--steps 3", "--steps 4"), (said.Message, said.Where, said.Fix));
        UsageException plain = flags.Of(new UsageException("Steps", "Steps = 3", "Steps"));
        Assert.Equal(("Steps", "--steps 3", "Steps"), (plain.Message, plain.Where, plain.Fix));
    }

    private TOptions Seen<TOptions>(string typed) where TOptions : class, new()
    {
        TOptions? seen = null;
        string[] words = [.. typed.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--out", _recipe.Folder];
        int code = _recipe.RunAs<TOptions>(words, run => seen = run.Options);

        Assert.Equal((0, ""), (code, _recipe.Error));
        return seen!;
    }

    private sealed record Derived : GrpoOptions
    {
        public Derived() => MaxNewTokens = 20;

        [Description("one more")]
        public int Own { get; init; } = 1;
    }

    private sealed record Holding : GrpoOptions
    {
        [Description("stands before")]
        public int Before { get; init; }

        public ModelOptions Weights { get; init; } = new();

        public PpoOptions Ppo { get; init; } = new();

        public CheckpointOptions Checkpoints { get; init; } = new();

        [Description("as sft-shapes and grpo-nlvr have it")]
        public int EvalSteps { get; init; }

        [Description("as sft-shapes has it")]
        public double AlternateAnnotatorRate { get; init; }
    }
}
