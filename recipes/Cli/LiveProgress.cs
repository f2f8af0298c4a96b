using System.Globalization;
using Spectre.Console;
using Vlm.Grpo;

namespace Recipes.Cli;

/// <summary>A small table that is redrawn in place: numbers of the last step, a curve of each, time left.</summary>
internal sealed class LiveProgress : IRunDisplay
{
    private static readonly TimeSpan s_redraw = TimeSpan.FromMilliseconds(250);
    private readonly Lock _lock = new();
    private readonly string _name;
    private readonly IAnsiConsole _console;
    private readonly TimeProvider _time;
    private readonly Queue<string> _said = new();
    private readonly ManualResetEventSlim _ended = new();
    private readonly Dictionary<string, Curve> _curves = [];
    private readonly Task _drawing;
    private IReadOnlyDictionary<string, double> _metrics = new Dictionary<string, double>();
    private SampledAnswer? _sampled;
    private (string Title, Pace Pace, long Began, long Step) _state;

    public LiveProgress(string name, IAnsiConsole console, TimeProvider time)
    {
        (_name, _console, _time) = (name, console, time);
        _state = ("starting", new(0, 0), time.GetTimestamp(), 0);
        _drawing = Task.Run(Draw);
    }

    public void Phase(string title, long lastStep, long done)
    {
        lock (_lock)
        {
            _state = (title, new(done, lastStep), _time.GetTimestamp(), done);
            _curves.Clear();
        }
    }

    public void Step(long step, IReadOnlyDictionary<string, double> metrics)
    {
        lock (_lock)
        {
            (_state.Step, _metrics) = (step, metrics);
            foreach ((string label, string value) in ProgressText.Numbers(metrics))
                CurveOf(label).Add(double.Parse(value, CultureInfo.InvariantCulture));
        }
    }

    public void Sampled(SampledAnswer answer)
    {
        lock (_lock)
            _sampled = answer;
    }

    public void Line(string text)
    {
        lock (_lock)
            _said.Enqueue(text);
    }

    public void Dispose()
    {
        if (_ended.IsSet)
            return;
        _ended.Set();
        _drawing.Wait();
        WriteSaid();
        _ended.Dispose();
    }

    // Spectre hides the cursor for the time of Start and shows it again when Start returns or throws.
    private void Draw() => _console.Live(Table()).Start(context =>
    {
        while (!_ended.Wait(s_redraw))
        {
            WriteSaid();
            context.UpdateTarget(Table());
        }

        context.UpdateTarget(Table());
    });

    private void WriteSaid()
    {
        lock (_lock)
            while (_said.TryDequeue(out string? line))
                _console.WriteLine(line);
    }

    private Rows Table()
    {
        lock (_lock)
        {
            bool wide = Width >= Wide;
            var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumns(wide ? ["", "", ""] : ["", ""]);
            table.Title = new TableTitle(Markup.Escape(ProgressText.OneLine($"{_name}: {_state.Title}", Width)));
            Row("step", StepOf(), TimeLeft());
            foreach ((string label, string value) in ProgressText.Numbers(_metrics))
                Row(label, value, CurveOf(label).Draw());
            return new Rows([table, .. Answer().Select(line => new Text(line))]);

            void Row(params string[] cells) => table.AddRow([.. cells.Take(wide ? 3 : 2).Select(Markup.Escape)]);
        }
    }

    // Curves need room; a narrow terminal keeps the numbers.
    private const int Wide = 60;

    private int Width => Math.Max(1, _console.Profile.Width);

    private IEnumerable<string> Answer() => _sampled is not { } one ? [] :
        [.. new[] { $"question: {one.Question}", $"answer: {one.Answer}", $"reward: {one.Earned}" }
            .Select(line => ProgressText.OneLine(line, Width - 1))];

    private string StepOf() => _state.Pace.Total > 0 ? $"{_state.Step}/{_state.Pace.Total}" : $"{_state.Step}";

    private string TimeLeft() =>
        _state.Pace.Left(_state.Step, _time.GetElapsedTime(_state.Began)) is { } left
            ? $"{ProgressText.Duration(left)} left" : "";

    private Curve CurveOf(string label) =>
        _curves.TryGetValue(label, out Curve? curve) ? curve : _curves[label] = new Curve();
}
