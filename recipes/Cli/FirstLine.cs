using System.Text;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>
/// A line that goes before all that a command says, and that is not said where the command only says that it cannot begin:
/// a mistake is three lines.
/// </summary>
internal sealed class FirstLine(string line, Action<string> say)
{
    private bool _said;

    internal void Say()
    {
        if (_said)
            return;
        _said = true;
        say(line);
    }

    /// <summary>The line before what a run shows, and settings in the words of the command line.</summary>
    internal sealed class Display(IRunDisplay inner, string line, FlagText flags) : IRunDisplay
    {
        private readonly FirstLine _first = new(line, inner.Line);

        public void Phase(string title, long lastStep, long done)
        {
            _first.Say();
            inner.Phase(title, lastStep, done);
        }

        public void Step(long step, IReadOnlyDictionary<string, double> metrics)
        {
            _first.Say();
            inner.Step(step, metrics);
        }

        public void Sampled(SampledAnswer answer)
        {
            _first.Say();
            inner.Sampled(answer);
        }

        public void Line(string text)
        {
            _first.Say();
            inner.Line(flags.Settings(text));
        }

        public void Dispose() => inner.Dispose();
    }

    /// <summary>The line, wherever it belongs, before what a tool writes here.</summary>
    internal sealed class Writer(TextWriter inner, FirstLine first) : TextWriter(inner.FormatProvider)
    {
        public override Encoding Encoding => inner.Encoding;

        public override void Write(char value)
        {
            first.Say();
            inner.Write(value);
        }

        public override void Write(string? value)
        {
            first.Say();
            inner.Write(value);
        }

        public override void Flush() => inner.Flush();
    }
}
