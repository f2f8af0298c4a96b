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

    private Table Table()
    {
        lock (_lock)
        {
            var table = new Table().Border(TableBorder.Rounded).HideHeaders().AddColumns("", "", "");
            table.Title = new TableTitle(Markup.Escape($"{_name}: {_state.Title}"));
            table.AddRow("step", StepOf(), TimeLeft());
            foreach ((string label, string value) in ProgressText.Numbers(_metrics))
                table.AddRow(label, value, CurveOf(label).Draw());
            return table;
        }
    }

    private string StepOf() => _state.Pace.Total > 0 ? $"{_state.Step}/{_state.Pace.Total}" : $"{_state.Step}";

    private string TimeLeft() =>
        _state.Pace.Left(_state.Step, _time.GetElapsedTime(_state.Began)) is { } left
            ? $"{ProgressText.Duration(left)} left" : "";

    private Curve CurveOf(string label) =>
        _curves.TryGetValue(label, out Curve? curve) ? curve : _curves[label] = new Curve();
}
