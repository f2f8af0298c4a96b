using Vlm.Grpo.Tests.Runs;

namespace Vlm.Grpo.Tests.Step;

public sealed class GrpoOptionsTests
{
    [Fact]
    public void The_defaults_are_allowed() => new GrpoOptions().Validate();

    public static TheoryData<GrpoOptions, string> Wrong { get; } = new()
    {
        {
            new() { GroupSize = 1 },
            "error: a group of 1 has nothing to compare; GRPO needs at least 2 completions per prompt\n"
            + "   at: --group-size 1\n  try: --group-size 8"
        },
        {
            new() { MicroBatch = 0 },
            "error: --micro-batch is 0 and must be at least 1\n   at: --micro-batch 0\n  try: --micro-batch 1"
        },
        {
            new() { PromptsPerStep = 0 },
            "error: --prompts-per-step is 0 and must be at least 1\n"
            + "   at: --prompts-per-step 0\n  try: --prompts-per-step 1"
        },
        {
            new() { Steps = 20, Warmup = 20 },
            "error: a warm-up of 20 does not fit into 20 steps\n   at: --warmup 20\n  try: --warmup 2"
        },
        {
            new() { LearningRate = double.NaN },
            "error: a learning rate of NaN moves nothing; it must be above 0\n   at: --learning-rate NaN\n"
            + "  try: --learning-rate 1e-5"
        },
        {
            new() { ClipLow = 1.5 },
            "error: the ratio cannot fall 1.5 below 1; --clip-low is above 0 and at most 1\n   at: --clip-low 1.5\n"
            + "  try: --clip-low 0.2"
        },
        {
            new() { ClipHigh = 0 },
            "error: the ratio cannot rise 0 above 1; --clip-high is above 0\n"
            + "   at: --clip-high 0\n  try: --clip-high 0.28"
        },
        {
            new() { DualClip = 1.25 },
            "error: a dual clip of 1.25 lies inside the clip range, which ends at 1.28\n   at: --dual-clip 1.25\n"
            + "  try: --dual-clip 3"
        },
        {
            new() { Temperature = 0 },
            "error: a temperature of 0 cannot be sampled at; it must be above 0\n"
            + "   at: --temperature 0\n  try: --temperature 1"
        },
        {
            new() { TopK = -1 },
            "error: --top-k is -1 and must be at least 0\n   at: --top-k -1\n  try: --top-k 0"
        },
        {
            new() { TopP = 0 },
            "error: no tokens are 0 likely together; --top-p is above 0 and at most 1\n"
            + "   at: --top-p 0\n  try: --top-p 0.95"
        },
        {
            new() { TopP = 1.5 },
            "error: no tokens are 1.5 likely together; --top-p is above 0 and at most 1\n"
            + "   at: --top-p 1.5\n  try: --top-p 0.95"
        },
        {
            new() { MinP = double.NaN },
            "error: no token is NaN as likely as the likeliest; --min-p is from 0 to 1\n"
            + "   at: --min-p NaN\n  try: --min-p 0.05"
        },
        {
            new() { MinP = 1.1 },
            "error: no token is 1.1 as likely as the likeliest; --min-p is from 0 to 1\n"
            + "   at: --min-p 1.1\n  try: --min-p 0.05"
        },
        {
            new() { KlWeight = -0.1 },
            "error: a divergence weighted by -0.1 would drive the policy away; the weight is 0 or above\n"
            + "   at: --kl-weight -0.1\n  try: --kl-weight 0.02"
        },
        {
            new() { MaxGradNorm = -1 },
            "error: a gradient cannot be as short as -1; the bound is 0, for none, or above\n"
            + "   at: --max-grad-norm -1\n  try: --max-grad-norm 1"
        },
        {
            new() { AdvantageEpsilon = 0 },
            "error: --advantage-epsilon is 0 and must be above 0\n   at: --advantage-epsilon 0\n"
            + "  try: --advantage-epsilon 1e-4"
        },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_setting_that_cannot_work_is_refused_with_one_that_does(GrpoOptions options, string expected) =>
        Assert.Equal(expected, Assert.Throws<UsageException>(options.Validate).Render());

    [Fact]
    public void Filters_of_the_command_line_reach_the_sampler()
    {
        using var recipe = new TestRecipe();
        Sampling? seen = null;
        int code = recipe.RunAs<RecipeOptions>(
            [
                "--temperature", "0.7", "--top-k", "20", "--top-p", "0.8", "--min-p", "0.05", "--max-new-tokens", "9",
                "--out", recipe.Folder,
            ],
            run => seen = run.Options.Sampling);

        Assert.Equal(0, code);
        Assert.Equal(new Sampling { MaxNewTokens = 9, Temperature = 0.7, TopK = 20, TopP = 0.8, MinP = 0.05 }, seen);
    }

    [Fact]
    public void A_recipe_that_derives_from_them_gets_them_on_its_command_line()
    {
        using var recipe = new TestRecipe();
        RecipeOptions? seen = null;
        int code = recipe.RunAs<RecipeOptions>(
            [
                "--group-size", "6", "--loss-aggregation", "seq-mean-token-mean", "--own", "3", "--learning-rate", "0.5",
                "--out", recipe.Folder,
            ],
            run => seen = run.Options);

        Assert.Equal(0, code);
        Assert.Equal(
            (6, Aggregation.SeqMeanTokenMean, 3, 0.5),
            (seen!.GroupSize, seen.LossAggregation, seen.Own, seen.LearningRate));
    }

    private sealed record RecipeOptions : GrpoOptions
    {
        [Option("one more")]
        public int Own { get; init; } = 1;
    }
}
