namespace Recipes.Cli;

/// <summary>What options were called before, so that files of earlier runs are read and old flags find the new ones.</summary>
internal static class FormerNames
{
    private static readonly Dictionary<string, string> s_now = new()
    {
        ["--clip-low"] = "--epsilon",
        ["--clip-high"] = "--epsilon-high",
        ["--kl-weight"] = "--beta",
        ["--normalisation"] = "--loss-aggregation",
        ["--advantage-scale"] = "--scale-rewards",
        ["--beta1"] = "--adam-beta1",
        ["--beta2"] = "--adam-beta2",
        ["--warmup"] = "--warmup-steps",
        ["--decay"] = "--lr-scheduler",
        ["--final-rate"] = "--min-lr-rate",
        ["--micro-batch"] = "--micro-batch-size",
        ["--loose"] = "--alternate-annotator-rate",
        ["--check-every"] = "--eval-steps",
        ["--save-every"] = "--save-steps",
        ["--iterations"] = "--num-iterations",
        ["--lambda"] = "--gae-lambda",
        ["--cut-off"] = "--truncation",
        ["--whiten"] = "--whiten-advantages",
        ["--reward-kl"] = "--kl-coef",
        ["--value-clip"] = "--clip-range-value",
        ["--value-weight"] = "--vf-coef",
        ["--entropy-weight"] = "--entropy-coef",
        ["--keep"] = "--save-total-limit",
    };

    /// <summary>The names of today that others led to.</summary>
    public static IEnumerable<string> Today => s_now.Values;

    /// <summary>Today's name of an option.</summary>
    /// <param name="name">As it is typed.</param>
    public static string Now(string name) => s_now.GetValueOrDefault(name, name);
}
