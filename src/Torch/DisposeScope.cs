namespace TorchSharp;

/// <summary>The stack of open scopes of a thread: a tensor is born into the innermost.</summary>
public class DisposeScopeManager
{
    [ThreadStatic] private static DisposeScope? t_current;

    internal static DisposeScope? Current
    {
        get => t_current;
        set => t_current = value;
    }
}

/// <summary>Disposes, when it ends, everything born in it that was not moved out.</summary>
public sealed class DisposeScope : IDisposable
{
    private readonly HashSet<IDisposable> _members = new(ReferenceEqualityComparer.Instance);

    internal DisposeScope()
    {
        Outer = DisposeScopeManager.Current;
        DisposeScopeManager.Current = this;
    }

    internal DisposeScope? Outer { get; }

    public int DisposablesCount => _members.Count;

    public IReadOnlyList<IDisposable> DisposablesView => [.. _members];

    public bool Contains(IDisposable disposable) => _members.Contains(disposable);

    public void Attach(IDisposable disposable) => Attach([disposable]);

    public void Attach(params IDisposable[] disposables) => Attach((IEnumerable<IDisposable>)disposables);

    public IReadOnlyList<IDisposable> Attach(IEnumerable<IDisposable> disposables)
    {
        IDisposable[] items = [.. disposables];
        foreach (IDisposable item in items)
        {
            if (item is torch.Tensor tensor)
            {
                tensor.Scope?._members.Remove(tensor);
                tensor.Scope = this;
            }
            _members.Add(item);
        }
        return items;
    }

    public void Detach(params IDisposable[] disposables) => Detach((IEnumerable<IDisposable>)disposables);

    public void Detach(IEnumerable<IDisposable> disposables)
    {
        foreach (IDisposable item in disposables)
            MarkAsDisposed(item);
    }

    public T Detach<T>(T disposable) where T : IDisposable
    {
        MarkAsDisposed(disposable);
        return disposable;
    }

    /// <summary>Hands the objects to the scope around this one; with none, they belong to no scope.</summary>
    public void MoveToOuter(params IDisposable[] disposables) => MoveToOuter((IEnumerable<IDisposable>)disposables);

    public void MoveToOuter(IEnumerable<IDisposable> disposables)
    {
        IDisposable[] items = [.. disposables];
        Detach((IEnumerable<IDisposable>)items);
        Outer?.Attach((IEnumerable<IDisposable>)items);
    }

    public T MoveToOuter<T>(T disposable) where T : IDisposable
    {
        MoveToOuter([disposable]);
        return disposable;
    }

    public void MoveToOther(DisposeScope scope, params IDisposable[] disposables) =>
        MoveToOther(scope, (IEnumerable<IDisposable>)disposables);

    public void MoveToOther(DisposeScope scope, IEnumerable<IDisposable> disposables)
    {
        IDisposable[] items = [.. disposables];
        Detach((IEnumerable<IDisposable>)items);
        scope.Attach((IEnumerable<IDisposable>)items);
    }

    public void DisposeEverything() => DisposeEverythingBut([]);

    public void DisposeEverythingBut(params IDisposable[] keep) =>
        DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        var keep = new HashSet<IDisposable>(inKeep, ReferenceEqualityComparer.Instance);
        IDisposable[] members = [.. _members.Where(item => !keep.Contains(item))];
        _members.IntersectWith(keep);
        foreach (IDisposable item in members)
            item.Dispose();
    }

    /// <summary>Forgets the object without disposing it.</summary>
    public void MarkAsDisposed(IDisposable disposable)
    {
        _members.Remove(disposable);
        if (disposable is torch.Tensor tensor && ReferenceEquals(tensor.Scope, this))
            tensor.Scope = null;
    }

    public void Dispose()
    {
        DisposeEverything();
        if (ReferenceEquals(DisposeScopeManager.Current, this))
            DisposeScopeManager.Current = Outer;
    }

    internal void Add(torch.Tensor tensor) => _members.Add(tensor);
}

public static partial class torch
{
    /// <summary>Opens a scope that disposes the tensors born in it on this thread.</summary>
    public static DisposeScope NewDisposeScope() => new();
}
