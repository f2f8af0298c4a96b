using System.Text.RegularExpressions;

namespace Vlm.Lora;

/// <summary>Which modules are meant, in one of PEFT's three ways.</summary>
public abstract record ModulePattern
{
    private ModulePattern()
    {
    }

    /// <summary>Every linear layer but the output layer.</summary>
    public static ModulePattern AllLinear { get; } = new Every();

    /// <summary>Modules whose path is one of the names, or ends with a dot and one of them.</summary>
    public static ModulePattern Named(params IReadOnlyList<string> names) => new Names(names);

    /// <summary>Modules whose whole path matches a regular expression.</summary>
    /// <exception cref="UsageException">It is no regular expression.</exception>
    public static ModulePattern Matching(string expression, string where) =>
        new Expression(expression, Compile(expression, where), where);

    /// <summary>True where the module is meant.</summary>
    /// <param name="module">Its whole path, such as "model.text_model.layers.0.mlp.up_proj".</param>
    public abstract bool Has(string module);

    /// <summary>An expression from a file: bounded in time, for the file may come from anywhere.</summary>
    internal static Regex Compile(string expression, string where)
    {
        try
        {
            return new Regex($@"\A(?:{expression})\z", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));
        }
        catch (ArgumentException error)
        {
            throw new UsageException($"\"{expression}\" is no regular expression: {error.Message}", where,
                "name the modules' endings, such as q_proj, v_proj");
        }
    }

    /// <summary>Matches within the bound.</summary>
    internal static bool Matches(Regex expression, string module, string where)
    {
        try
        {
            return expression.IsMatch(module);
        }
        catch (RegexMatchTimeoutException)
        {
            throw new UsageException($"the expression {expression} takes more than a second on \"{module}\"", where,
                "name the modules' endings, such as q_proj, v_proj");
        }
    }

    /// <summary>PEFT's word for every linear layer.</summary>
    public sealed record Every : ModulePattern
    {
        /// <summary>As files spell it.</summary>
        public const string Word = "all-linear";

        /// <inheritdoc/>
        public override bool Has(string module) =>
            module != "lm_head" && !module.EndsWith(".lm_head", StringComparison.Ordinal);
    }

    /// <summary>Endings of paths.</summary>
    /// <param name="Endings">One or more whole segments each.</param>
    public sealed record Names(IReadOnlyList<string> Endings) : ModulePattern
    {
        /// <inheritdoc/>
        public override bool Has(string module) => Endings.Any(ending => Ends(module, ending));

        internal static bool Ends(string module, string ending) =>
            module == ending || module.EndsWith("." + ending, StringComparison.Ordinal);
    }

    /// <summary>A regular expression over the whole path.</summary>
    /// <param name="Text">As written.</param>
    public sealed record Expression(string Text) : ModulePattern
    {
        private readonly Regex? _compiled;
        private readonly string _where = "";

        internal Expression(string text, Regex compiled, string where) : this(text) =>
            (_compiled, _where) = (compiled, where);

        /// <inheritdoc/>
        public override bool Has(string module) => Matches(_compiled ?? Compile(Text, _where), module, _where);
    }
}
